import type { Parameter } from '../sql/driver.ts'
import { literal } from './literal.ts'

export interface Spread {
  readonly sql: string
  readonly params: readonly Parameter[]
  /** Whether the text is of no use to another call. */
  readonly once: boolean
}

/** A longer list is written as literals: 65,535 parameters are all that a statement may have. */
const MAX_PREPARED = 1024

/**
 * Writes lists out: `IN (?)` with a list as its parameter becomes `IN (?, ?, ?, ?)`. A list that
 * stayed one parameter would be a table made of JSON, and for UPDATE and DELETE the servers ask such
 * a table anew for each row of the whole table. Lists are filled up with their last value to the next
 * power of two, so that a statement comes in few lengths and each can stay prepared.
 */
export function spreadLists(sql: string, params: readonly Parameter[]): Spread {
  if (!params.some(Array.isArray)) return { sql, params, once: false }
  const spread: Parameter[] = []
  let once = false
  let at = 0
  const written = sql.replace(PLACEHOLDERS, (found) => {
    if (found !== '?') return found
    const param = params[at++]
    if (Array.isArray(param) && param.length > MAX_PREPARED) {
      once = true
      return param.map(literal).join(', ')
    }
    const values = Array.isArray(param) ? filledUp(param) : [param]
    spread.push(...values)
    return values.map(() => '?').join(', ')
  })
  return { sql: written, params: spread, once }
}

/** Placeholders, and what may hold a question mark that is none. */
const PLACEHOLDERS = /\?|'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"/g

function filledUp(values: readonly Parameter[]): readonly Parameter[] {
  if (values.length === 0) return [null]
  const length = 2 ** Math.ceil(Math.log2(values.length))
  return [...values, ...Array<Parameter>(length - values.length).fill(values.at(-1))]
}
