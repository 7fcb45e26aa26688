import { PlinthError } from '../kernel/index.ts'
import type { Context, Engine } from './context.ts'
import { ensureCursorKey } from './cursor-key.ts'
import type { Connection } from './driver.ts'
import type { MigrationPlan, MigrationStep } from './handle.ts'
import { planMigration } from './migration.ts'

/** Milliseconds, waiting for other processes included: an index on a large table takes its time. */
const TIMEOUT = 3_600_000

/**
 * Brings the database to what the tables in code say, in one transaction: it compares and changes
 * while it holds the lock on writing, so processes that start together do it one after the other.
 */
export async function migrate(context: Context): Promise<MigrationPlan> {
  const { engine } = context
  const work = async (connection: Connection): Promise<MigrationPlan> => {
    const found = await plan(engine, connection)
    if (found.refused.length > 0) throw refusal(found.refused)
    for (const step of found.steps) await take(step, connection)
    await ensureCursorKey(context, connection)
    return found
  }
  return engine.driver.transaction(work, { timeout: TIMEOUT })
}

/** What `migrate` would do now; within a transaction, by its connection. */
export async function plan(
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

async function take({ sql, summary }: MigrationStep, connection: Connection): Promise<void> {
  try {
    await connection.run({ sql, summary, returns: false }, [])
  } catch (error) {
    // A unique key on a column that is new as well: only now do the rows have values in it.
    const shared = error instanceof PlinthError && error.code === 'conflict'
    throw shared ? refusal([`${summary}: rows would share values`], error) : error
  }
}

function refusal(refused: readonly string[], cause?: unknown): PlinthError<'migration_refused'> {
  const list = refused.map((reason) => `\n- ${reason}`).join('')
  const message =
    `The database cannot be migrated as it is:${list}\nNothing was changed. ` +
    'Fit the tables in code to it, or change the database by hand first.'
  return new PlinthError('migration_refused', message, { details: { refused }, cause })
}
