import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type DataSource, type Isolation, open } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { onTestFinished } from 'vitest'
import { temporaryFile } from '../drivers/sqlite/support.ts'
import { freshMariadb, freshPostgres } from '../servers.ts'
import type { ProcessOptions } from './history-process.ts'
import { finalLists, lists, makeLists, type Told } from './workload.ts'

const script = fileURLToPath(new URL('./history-process.ts', import.meta.url))

export interface RunOptions {
  readonly database: ProcessOptions['database']
  readonly isolation?: Isolation
  /** Transactions of each writer. */
  readonly count: number
  /** Whether all take lists in one order. Default true: servers take their time to find a deadlock. */
  readonly ordered?: boolean
  readonly processes?: number
  /** Writers in each process. */
  readonly writers?: number
}

export interface Run {
  readonly history: readonly Told[]
  readonly final: ReadonlyMap<string, readonly number[]>
  /** What callers were told by errors, other than those that they asked for. */
  readonly errors: readonly string[]
}

const targets: Record<ProcessOptions['database'], () => Promise<string>> = {
  sqlite: async () => temporaryFile(),
  postgres: freshPostgres,
  mysql: freshMariadb,
}
const sources: Record<ProcessOptions['database'], (target: string) => DataSource> = {
  sqlite: (target) => sqlite(target, [lists]),
  postgres: (target) => postgres(target, [lists]),
  mysql: (target) => mysql(target, [lists]),
}

/** Lets several processes write to one new database, and gathers what each caller was told. */
export async function runProcesses(options: RunOptions): Promise<Run> {
  const { database, isolation, count, ordered = true, processes = 4, writers = 8 } = options
  const target = await targets[database]()
  const db = await open(sources[database](target))
  onTestFinished(() => db.close())
  await db.migrate()
  await makeLists(db)
  const stories = await Promise.all(
    Array.from({ length: processes }, (_, at) =>
      tell({ database, target, isolation, count, ordered, writers, first: 1 + at * writers }),
    ),
  )
  const history = stories.flat()
  const errors = history.flatMap(({ error }) => error ?? [])
  return { history, final: await finalLists(db), errors }
}

async function tell(options: ProcessOptions): Promise<Told[]> {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const told: Told[] = []
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    told.push(JSON.parse(line))
  })
  await Promise.all([once(lines, 'close'), once(child, 'exit')])
  if (child.exitCode !== 0) throw new Error(`a writer ended with ${child.exitCode}`)
  return told
}
