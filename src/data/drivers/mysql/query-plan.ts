import type { SqlDriver } from '../sql/driver.ts'
import { type FoundPlan, PLAN_TIMEOUT, type PlanFinder } from '../sql/found-plan.ts'
import { countPlaceholders } from '../sql/statement-text.ts'
import type { BoundValues } from './bound-values.ts'
import { spreadLists } from './lists.ts'

type Row = Readonly<Record<string, unknown>>

/** What a plan shows of a table; how the server spells it, and without what it compares with. */
const SHOWN = ['table', 'type', 'possible_keys', 'key', 'rows', 'Extra']

/** Asks by EXPLAIN with the values that the statement was last run with, in the form that both servers know. */
export function createPlanFinder(driver: SqlDriver, values: BoundValues): PlanFinder {
  return async (text) => {
    const bound = values.of(text)
    if (!bound && countPlaceholders(text) > 0) return undefined
    const { sql, params } = spreadLists(text, bound ?? [])
    let found: FoundPlan | undefined
    await driver.transaction(
      async ({ raw }) => {
        const answer = await raw?.run(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, params)
        found = toPlan(answer?.rows ?? [])
      },
      { timeout: PLAN_TIMEOUT },
    )
    return found
  }
}

function toPlan(rows: readonly Row[]): FoundPlan {
  const text = (row: Row, name: string) => (row[name] == null ? '' : String(row[name]))
  return {
    lines: rows.map((row) =>
      SHOWN.filter((name) => text(row, name) !== '')
        .map((name) => `${name}: ${text(row, name)}`)
        .join(', '),
    ),
    scans: rows.flatMap((row) => {
      const name = text(row, 'table')
      if (text(row, 'type') === 'ALL') return [{ name }]
      return text(row, 'type') === 'index' ? [{ name, index: text(row, 'key') }] : []
    }),
    sorts: rows.some((row) => text(row, 'Extra').includes('Using filesort')),
  }
}
