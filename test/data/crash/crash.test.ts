import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../servers.ts'
import { crash } from './crash.ts'

const noPostgres = !(await hasPostgres())

describe('processes killed while they write', () => {
  it('leave all or nothing of each write in one SQLite file', async () => {
    expect(await crash({ database: 'sqlite', rounds: 3, processes: 3 })).toBeGreaterThan(5)
  })

  it.skipIf(noPostgres)('leave all or nothing of each write in PostgreSQL', async () => {
    expect(await crash({ database: 'postgres', rounds: 1, processes: 4 })).toBeGreaterThan(3)
  })
})
