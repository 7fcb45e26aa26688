import { describe, expect, it } from 'vitest'
import { hasMariadb, hasPostgres } from '../servers.ts'
import { check } from './check.ts'
import { runProcesses } from './run-processes.ts'

const WRITERS = 32

describe('32 writers in 4 processes on one SQLite file', () => {
  it('meet no error, and are serializable in the order of their answers', async () => {
    const { history, final, errors } = await runProcesses({ database: 'sqlite', count: 15 })
    expect(errors).toEqual([])
    expect(history).toHaveLength(WRITERS * 15)
    expect(check(history, { final, strict: true })).toEqual([])
  })
})

describe.skipIf(!(await hasPostgres()))('32 writers in 4 processes on PostgreSQL', () => {
  it('meet no error, and are serializable where they ask for it', async () => {
    const run = await runProcesses({ database: 'postgres', isolation: 'serializable', count: 6 })
    expect(run.errors).toEqual([])
    expect(run.history).toHaveLength(WRITERS * 6)
    expect(check(run.history, run)).toEqual([])
  })

  it('are not serializable where they do not', async () => {
    const run = await runProcesses({
      database: 'postgres',
      isolation: 'read committed',
      count: 12,
      processes: 2,
    })
    expect(run.errors).toEqual([])
    expect(check(run.history, run)).not.toEqual([])
  })
})

describe.skipIf(!(await hasMariadb()))('32 writers in 4 processes on MariaDB', () => {
  it('meet no error, and are serializable where they ask for it', async () => {
    const run = await runProcesses({ database: 'mysql', isolation: 'serializable', count: 6 })
    expect(run.errors).toEqual([])
    expect(run.history).toHaveLength(WRITERS * 6)
    expect(check(run.history, run)).toEqual([])
  })
})
