/**
 * A process of its own with several writers. Prints a line of JSON for each transaction.
 *
 * node history-process.ts OPTIONS, a `ProcessOptions` as JSON
 */
import { mysql } from '../../../src/data/drivers/mysql/index.ts'
import { postgres } from '../../../src/data/drivers/postgres/index.ts'
import { sqlite } from '../../../src/data/drivers/sqlite/index.ts'
import { type DataSource, type Isolation, open } from '../../../src/data/index.ts'
import { lists, work } from './workload.ts'

export interface ProcessOptions {
  readonly database: 'sqlite' | 'postgres' | 'mysql'
  /** A file or an address. */
  readonly target: string
  readonly isolation?: Isolation | undefined
  /** The number of the first writer; the others follow. */
  readonly first: number
  readonly writers: number
  readonly count: number
  readonly ordered: boolean
}

const sources: Record<ProcessOptions['database'], (target: string) => DataSource> = {
  sqlite: (target) => sqlite(target, [lists], { timeout: 60_000 }),
  postgres: (target) => postgres({ url: target, wait: 60_000 }, [lists]),
  mysql: (target) => mysql({ url: target, wait: 60_000 }, [lists]),
}

const options: ProcessOptions = JSON.parse(process.argv[2] ?? '')
const db = await open(sources[options.database](options.target))
await Promise.all(Array.from({ length: options.writers }, (_, at) => run(options.first + at)))
await db.close()

async function run(writer: number): Promise<void> {
  for await (const told of work(db, { writer, ...options })) {
    process.stdout.write(`${JSON.stringify(told)}\n`)
  }
}
