import { type Clock, PlinthError } from '../../../../kernel/index.ts'
import type { MigrationPlan, MigrationStep } from '../../../migration-plan.ts'
import type { Models } from '../../../model.ts'
import type { SqlConnection, SqlDriver } from '../driver.ts'
import { planMigration } from './migration.ts'

/** What is migrated, and to what. */
export interface Migrated {
  readonly driver: SqlDriver
  readonly models: Models
  readonly clock: Clock
}

/** Milliseconds, waiting for other processes included: an index on a large table takes its time. */
const TIMEOUT = 3_600_000

/**
 * Brings the database to what the tables in code say, in one transaction: it compares and changes
 * while it holds the lock on writing, so processes that start together do it one after the other.
 */
export async function migrate(migrated: Migrated): Promise<MigrationPlan> {
  const work = async (connection: SqlConnection): Promise<MigrationPlan> => {
    const found = await plan(migrated, connection)
    if (found.refused.length > 0) throw refusal(found.refused)
    for (const step of found.steps) await take(step, connection)
    return found
  }
  return migrated.driver.transaction(work, { timeout: TIMEOUT })
}

/** What `migrate` would do now; within a transaction, by its connection. */
export async function plan(
  { driver, models, clock }: Migrated,
  connection?: SqlConnection,
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

async function take({ sql, summary }: MigrationStep, connection: SqlConnection): Promise<void> {
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
