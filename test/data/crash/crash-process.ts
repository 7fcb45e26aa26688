/**
 * A process of its own that writes to a database until it is killed. Prints a line before and after
 * each thing that it does.
 *
 * node crash-process.ts DATABASE TARGET NAME
 */
import { writeSync } from 'node:fs'
import { postgres } from '../../../src/data/drivers/postgres/index.ts'
import { sqlite } from '../../../src/data/drivers/sqlite/index.ts'
import { open } from '../../../src/data/index.ts'
import { tables, work } from './crash-work.ts'

const [database = '', target = '', name = ''] = process.argv.slice(2)
const WORKERS = 6

const source = database === 'sqlite' ? sqlite(target, tables) : postgres(target, tables)
const db = await open(source)
await Promise.all(
  Array.from({ length: WORKERS }, (_, at) =>
    work(db.system, `${name}-${at}`, (moment, what, of) => {
      writeNow(`${moment} ${what} ${of}\n`)
    }),
  ),
)

/** What is told must be on its way before anything follows on it: a buffer would die with the process. */
function writeNow(line: string): void {
  for (;;) {
    try {
      writeSync(1, line)
      return
    } catch (error) {
      // Whoever listens is slower than this process.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}
