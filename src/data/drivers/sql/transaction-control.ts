import { misuse } from '../../../kernel/index.ts'

/** What may stand before the first word of a statement: blanks, brackets, comments. */
const BEFORE = /^(?:\s|;|\(|--[^\n]*\n|#[^\n]*\n|\/\*(?!M?!)[\s\S]*?\*\/)*/

/** MySQL and MariaDB run what stands in comments that begin with `!`. */
const CONTROL =
  /^(?:\/\*M?!\d*\s*)?(begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i

const CONFLICT_ROLLS_BACK = /^(?:insert|update)\s+or\s+rollback\b/i

/**
 * Refuses statements of other authors that begin or end transactions: the commit, the hooks behind it
 * and the neighbours in the same commit are not theirs to decide on.
 */
export function assertNoControl(sql: string): void {
  const text = sql.slice(BEFORE.exec(sql)?.[0].length)
  const command = CONTROL.exec(text)?.[1] ?? CONFLICT_ROLLS_BACK.exec(text)?.[0]
  if (command === undefined) return
  throw misuse(
    'statement',
    `"${command.toLowerCase()}" would begin or end a transaction; use transaction() of the handle`,
  )
}
