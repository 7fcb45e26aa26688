import { PlinthError } from '../kernel/index.ts'
import { type Context, type Engine, write } from './context.ts'
import { ensureCursorKey } from './cursor-key.ts'
import type { Connection, Statement } from './driver.ts'
import type { MigrationPlan, MigrationStep } from './handle.ts'
import { planMigration } from './migration.ts'

/** What `migrate` would do now. */
export function plan(engine: Engine): Promise<MigrationPlan> {
  return planWith(engine)
}

/**
 * Brings the database to what the tables in code say, in one transaction: it compares and changes
 * while it holds the lock on writing, so processes that start together do it one after the other.
 */
export async function migrate(context: Context): Promise<MigrationPlan> {
  const { engine } = context
  return write(context, async (connection) => {
    const found = await planWith(engine, connection)
    if (found.refused.length > 0) throw refusal(found.refused)
    for (const step of found.steps) await connection.run(statementOf(step), [])
    await ensureCursorKey(context, connection)
    return found
  })
}

async function planWith(
  { driver, models, clock }: Engine,
  connection?: Connection,
): Promise<MigrationPlan> {
  const names = Array.from(models.values(), ({ name }) => name)
  return planMigration({
    models,
    dialect: driver.dialect,
    now: clock.now(),
    live: await driver.inspect(names, connection),
    async ask(sql) {
      const statement = { sql, returns: true, summary: 'migrate' }
      const result = connection ? connection.run(statement, []) : driver.read(statement, [])
      return (await result).rows
    },
  })
}

function statementOf({ sql, summary }: MigrationStep): Statement {
  return { sql, returns: false, summary }
}

function refusal(refused: readonly string[]): PlinthError<'migration_refused'> {
  const list = refused.map((reason) => `\n- ${reason}`).join('')
  return new PlinthError('migration_refused', `The migration would lose data:${list}`, {
    details: { refused },
  })
}
