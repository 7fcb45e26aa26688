import type { SqlDriver } from '../sql/driver.ts'
import type { PlanFinder } from '../sql/found-plan.ts'
import { countPlaceholders } from '../sql/statement-text.ts'

// Virtual tables are lists that were given along.
const SCAN = /^SCAN (?:TABLE )?(?!CONSTANT ROW|\d)(\S+)(?: USING (?:COVERING )?INDEX (\S+))?$/

/** Asks by EXPLAIN QUERY PLAN, on the connection that reads. Nothing is bound but nulls. */
export function createPlanFinder(read: SqlDriver['read']): PlanFinder {
  return async (text) => {
    const nulls = Array<null>(countPlaceholders(text)).fill(null)
    const statement = { sql: `EXPLAIN QUERY PLAN ${text}`, returns: true, summary: 'explain' }
    const { rows } = await read(statement, nulls)
    const depths = new Map<unknown, number>()
    const lines: string[] = []
    const details: string[] = []
    for (const [id, parent, , detail] of rows) {
      const depth = (depths.get(parent) ?? -1) + 1
      depths.set(id, depth)
      details.push(String(detail))
      lines.push('  '.repeat(depth) + String(detail))
    }
    return {
      lines,
      scans: details.flatMap((detail) => {
        const [, name, index] = SCAN.exec(detail) ?? []
        return name === undefined ? [] : [{ name, index }]
      }),
      sorts: details.some((detail) => /^USE TEMP B-TREE FOR .*ORDER BY$/.test(detail)),
    }
  }
}
