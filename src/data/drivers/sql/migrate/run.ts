import type { MigrationPlan, MigrationStep, PlanOptions } from '../../../migrations.ts'
import type { Isolation, SqlConnection, SqlDriver } from '../driver.ts'
import { failure, type Place, refusal } from './failure.ts'
import { type Code, plan } from './plan.ts'
import { readRecords } from './records.ts'
import { ask, type Session, write } from './session.ts'

/** Milliseconds, waiting for other processes included: an index on a large table takes its time. */
const TIMEOUT = 3_600_000

/**
 * Brings the database to what the tables in code say. It compares while it is the only migration, so
 * processes that start together do it one after the other. A database that was migrated from files
 * is only compared.
 */
export async function migrateToCode(
  code: Code,
  driver: SqlDriver,
  options: PlanOptions = {},
): Promise<MigrationPlan> {
  return alone(driver, async (session, at) => {
    const found = await plan(code, session, options)
    const files = await readRecords(session)
    if (files.length > 0) assertSame(found)
    if (found.refused.length > 0) throw refusal(found.refused, ADVICE)
    const statements = found.steps.flatMap(({ sql, summary }) =>
      sql.map((text) => ({ sql: text, summary })),
    )
    for (const [position, { sql, summary }] of statements.entries()) {
      at({ step: summary, statement: position + 1, statements: statements.length })
      await write(session, sql)
    }
    await check(session, statements)
    return found
  })
}

const ADVICE =
  'Nothing was changed. Fit the tables in code to it, allow what is meant by its name ' +
  '(npx plinth migrate plan --allow NAME, or migrate({ allow: [NAME] })), or change the database by ' +
  'hand first.'

/** Refuses what a database that is migrated from files differs in. */
export function assertSame({ steps, refused }: MigrationPlan): void {
  const differences = [...refused, ...steps.map(({ summary }: MigrationStep) => summary)]
  if (differences.length === 0) return
  throw refusal(
    differences,
    'It is migrated from files, so nothing else changes it: write the difference with ' +
      '"npx plinth migrate plan NAME" and run it with "npx plinth migrate apply".',
  )
}

type At = (place: Omit<Place, 'undone'>) => void

/**
 * Runs `work` as the only migration of the database, in a transaction where the database can undo
 * changes of structure, and says where it was when it failed.
 */
export async function alone<T>(
  driver: SqlDriver,
  work: (session: Session, at: At) => Promise<T>,
): Promise<T> {
  let place: Place | undefined
  const undone = driver.capabilities.transactionalSchema
  const run = async (connection: SqlConnection): Promise<T> => {
    place = undefined
    const session = { driver, connection }
    const plain = {
      ask: (sql: string) => ask(session, sql),
      run: (sql: string) => write(session, sql),
    }
    await driver.schema.begin(plain)
    try {
      return await work(session, (found) => {
        place = { ...found, undone }
      })
    } finally {
      await driver.schema.end(plain)
    }
  }
  try {
    return await driver.transaction(run, { timeout: TIMEOUT, isolation: isolationOf(driver) })
  } catch (error) {
    throw failure(error, place)
  }
}

/** Where others have migrated while this one waited, it has to see what they did. */
function isolationOf({ capabilities }: SqlDriver): Isolation {
  const { isolation } = capabilities
  return isolation.includes('read committed') ? 'read committed' : (isolation[0] ?? 'serializable')
}

/** What the database would only find at the commit, or not at all. */
export async function check(
  session: Session,
  statements: readonly { readonly sql: string }[],
): Promise<void> {
  const sql = session.driver.schema.check?.(statements.map((statement) => statement.sql))
  if (sql === undefined) return
  const [broken] = await ask(session, sql, ['text', 'text'])
  if (!broken) return
  const [child, parent] = broken
  throw refusal(
    [`${String(child)}: rows refer to rows of ${String(parent)} that are not there`],
    'Nothing was changed.',
  )
}
