import type { AnyTable, DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { describe, expect, it } from 'vitest'
import { databaseName } from '../fixture.ts'
import { freshMariadb, freshPostgres, hasMariadb, hasPostgres } from '../servers.ts'
import { type Cut, openCuttingProxy } from './cutting-proxy.ts'
import { type Operation, tables, transactions, writes } from './operations.ts'
import { NEVER, openRunner, PATIENCE } from './runner.ts'

interface Server {
  readonly name: string
  readonly missing: boolean
  fresh(): Promise<string>
  source(url: string, tables: readonly AnyTable[]): DataSource
}

const servers: readonly Server[] = [
  { name: 'postgres', missing: !(await hasPostgres()), fresh: freshPostgres, source: postgres },
  { name: 'mysql', missing: !(await hasMariadb()), fresh: freshMariadb, source: mysql },
]

for (const { name, missing, fresh, source } of servers) {
  // All of them take a minute: where another database is tested, one stands for them.
  const all = name === databaseName
  const operations = all ? [...writes, ...transactions] : writes.filter(isUpsert)

  describe.skipIf(missing).each<Cut>(['before', 'after'])(
    `a connection to ${name} that breaks %s something arrives`,
    (cut) => {
      const leavesAllOrNothing = async (operation: Operation) => {
        const proxy = await openCuttingProxy(await fresh(), cut)
        const { run, before } = await openRunner(source(proxy.url, tables), proxy)
        const whole = await run(operation.run, NEVER)
        for (let at = 1; ; at += 1) {
          const { error, hooks, state, fired } = await run(operation.run, at)
          if (!fired) break
          const place = `message ${at}`
          if (error) expect(error, place).toMatchObject({ code: 'storage_failed', status: 503 })
          expect(hooks, place).toEqual(error ? [] : (operation.hooks ?? []))
          if (isUnknown(error)) expect([before, whole.state], place).toContainEqual(state)
          else expect(state, place).toEqual(error ? before : whole.state)
        }
      }
      it.each(operations)('leaves all or nothing of $name', leavesAllOrNothing, PATIENCE)
    },
  )
}

/** Reads, writes, and has a savepoint of its own. */
function isUpsert({ name }: Operation): boolean {
  return name === 'upsert of a new row'
}

/** Whether the error says that nobody can tell. */
function isUnknown(error: unknown): boolean {
  const { details } = (error ?? {}) as { details?: { committed?: string } }
  return details?.committed === 'unknown'
}
