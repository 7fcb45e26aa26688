import { describe, expect, it } from 'vitest'
import { crash } from '../data/crash/crash.ts'
import { hasPostgres } from '../data/servers.ts'

const noPostgres = !(await hasPostgres())

const HOURS = 3_600_000

describe('a thousand kills of processes that write', () => {
  it(
    'leave all or nothing of each write in one SQLite file',
    async () => {
      const acknowledged = await crash({ database: 'sqlite', rounds: 500, processes: 2 })
      console.log(`${acknowledged} writes were acknowledged over 1,000 kills, and all are there`)
      expect(acknowledged).toBeGreaterThan(1000)
    },
    2 * HOURS,
  )

  it.skipIf(noPostgres)(
    'leave all or nothing of each write in PostgreSQL',
    async () => {
      const acknowledged = await crash({ database: 'postgres', rounds: 500, processes: 2 })
      console.log(`${acknowledged} writes were acknowledged over 1,000 kills, and all are there`)
      expect(acknowledged).toBeGreaterThan(1000)
    },
    2 * HOURS,
  )
})
