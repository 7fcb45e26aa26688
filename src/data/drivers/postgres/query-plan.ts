import type { SqlConnection, SqlDriver, SqlResult } from '../sql/driver.ts'
import { type FoundPlan, PLAN_TIMEOUT, type PlanFinder, type Scan } from '../sql/found-plan.ts'

const SCAN = /\bSeq Scan on (\S+)(?: (\S+))? {2}\(/
const INDEX_SCAN = /\bIndex (?:Only )?Scan (?:Backward )?using (\S+) on (\S+)(?: (\S+))? {2}\(/
const NAME = 'plinth_explained'

/**
 * Asks for the generic plan, which no values were looked at for: prepares the statement, and explains
 * its execution with nulls, which does not execute it. `EXPLAIN (GENERIC_PLAN)` would say the same,
 * from PostgreSQL 16 on.
 */
export function createPlanFinder(driver: SqlDriver): PlanFinder {
  return (text) =>
    driver.transaction(
      async (connection) => {
        await run(connection, `PREPARE ${NAME} AS ${text}`)
        try {
          // A transaction in which something failed would take no DEALLOCATE.
          return await connection.savepoint((inner) => explain(inner, text))
        } finally {
          await run(connection, `DEALLOCATE ${NAME}`)
        }
      },
      { readOnly: true, timeout: PLAN_TIMEOUT },
    )
}

async function explain(connection: SqlConnection, text: string): Promise<FoundPlan> {
  await run(connection, 'SET LOCAL plan_cache_mode = force_generic_plan')
  const nulls = Array<string>(parametersOf(text)).fill('NULL').join(', ')
  const given = nulls === '' ? '' : `(${nulls})`
  const { rows } = await run(connection, `EXPLAIN EXECUTE ${NAME}${given}`)
  const lines = rows.map(([line]) => String(line))
  return {
    lines,
    scans: lines.flatMap((_, at) => scanOf(lines.slice(at)) ?? []),
    sorts: lines.some((line) => /^\s*(?:-> {2})?(?:Incremental )?Sort {2}\(/.test(line)),
  }
}

/** What the first of these lines reads from its start; those that follow say more of it, or of others. */
function scanOf([line = '', ...following]: readonly string[]): Scan | undefined {
  const [, table, alias] = SCAN.exec(line) ?? []
  if (table !== undefined) return { name: unquoted(alias ?? table) }
  const [, index, indexed, called] = INDEX_SCAN.exec(line) ?? []
  if (index === undefined || indexed === undefined) return undefined
  const others = following.findIndex((one) => one.includes('->'))
  const own = others < 0 ? following : following.slice(0, others)
  if (own.some((one) => one.trimStart().startsWith('Index Cond:'))) return undefined
  return { name: unquoted(called ?? indexed), index: unquoted(index) }
}

async function run(connection: SqlConnection, sql: string): Promise<SqlResult> {
  return connection.run({ sql, returns: true, summary: 'explain' }, [])
}

/** Texts may hold a dollar as well: one null too many would be refused, so the highest number in sequence counts. */
function parametersOf(text: string): number {
  const numbers = new Set(Array.from(text.matchAll(/\$(\d+)/g), ([, digits]) => Number(digits)))
  let count = 0
  while (numbers.has(count + 1)) count += 1
  return count
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}
