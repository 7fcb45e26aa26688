import { describe, expect, it } from 'vitest'
import { check } from '../data/history/check.ts'
import { type RunOptions, runProcesses } from '../data/history/run-processes.ts'
import { hasMariadb, hasPostgres } from '../data/servers.ts'

const noPostgres = !(await hasPostgres())
const noMariadb = !(await hasMariadb())

const WRITERS = 32
const HALF_AN_HOUR = 1_800_000

async function expectSerializable(options: RunOptions, strict: boolean): Promise<void> {
  const run = await runProcesses(options)
  expect(run.errors).toEqual([])
  expect(run.history).toHaveLength(WRITERS * options.count)
  expect(check(run.history, { final: run.final, strict })).toEqual([])
}

describe('many transactions of 32 writers in 4 processes', () => {
  it(
    'are serializable on one SQLite file',
    () => expectSerializable({ database: 'sqlite', count: 300, ordered: false }, true),
    HALF_AN_HOUR,
  )

  it.skipIf(noPostgres)(
    'are serializable on PostgreSQL',
    () =>
      expectSerializable(
        { database: 'postgres', isolation: 'serializable', count: 100, ordered: false },
        false,
      ),
    HALF_AN_HOUR,
  )

  it.skipIf(noPostgres)(
    'have write skew, and nothing worse, where snapshots are all that they ask for',
    async () => {
      const run = await runProcesses({
        database: 'postgres',
        isolation: 'repeatable read',
        count: 100,
      })
      expect(run.errors).toEqual([])
      expect(check(run.history, run).map(({ type }) => type)).toEqual(['G2'])
    },
    HALF_AN_HOUR,
  )

  it.skipIf(noMariadb)(
    'are serializable on MariaDB',
    () =>
      expectSerializable(
        { database: 'mysql', isolation: 'serializable', count: 60, ordered: false },
        false,
      ),
    HALF_AN_HOUR,
  )
})
