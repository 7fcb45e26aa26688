import type { QueryPlanner } from '../../query-plan.ts'
import type { SqlDriver } from './driver.ts'
import type { PlanFinder, Scan } from './found-plan.ts'
import { filtersOf, tablesOf } from './statement-text.ts'

/** Anything else, put behind EXPLAIN, could mean more than to explain: `ANALYZE SELECT` runs it. */
const PLANNABLE = /^\s*(?:select|insert|update|delete|replace|with)\b/i

/** Creates the planner of a driver that can tell plans. */
export function createQueryPlanner(driver: SqlDriver, find: PlanFinder): QueryPlanner {
  return async (text) => {
    if (!PLANNABLE.test(text)) return undefined
    const found = await find(text)
    if (!found) return undefined
    const { lines, scans, sorts } = found
    const notes = await Promise.all(scans.map((scan) => noteOf(driver, text, scan)))
    if (sorts) notes.push('sorts what it found: no index has that order')
    return { lines, notes: notes.filter((note) => note !== undefined) }
  }
}

/** Undefined for what is no table: rows that stand in the statement, results of subqueries. */
async function noteOf(
  driver: SqlDriver,
  text: string,
  { name, index }: Scan,
): Promise<string | undefined> {
  const tables = tablesOf(text)
  const wanted = tables.get(name) ?? name
  const [table] = await driver.inspect([wanted])
  if (!table) return undefined
  const what = index === undefined ? `reads all of ${wanted}` : `reads ${wanted} along ${index}`
  const columns = table.columns.map((column) => column.name)
  const asked = filtersOf(text, { name, only: tables.size === 1 }).filter((column) =>
    columns.includes(column),
  )
  // Rows in the order of an index are what it is for.
  if (asked.length === 0)
    return index === undefined ? `${what}: no filter narrows it down` : undefined
  const served = table.indexes.find(({ columns: [first = ''] }) => asked.includes(first))
  if (!served) return `${what}: no index serves ${asked.join(', ')}`
  return `${what}, although the index ${served.name} begins with ${served.columns[0]}`
}
