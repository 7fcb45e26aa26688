import { assertKnown, misuse } from '../../kernel/index.ts'
import type { Feature } from '../part.ts'
import type { ExportRows } from './export-account.ts'
import { type AccountOperations, accountOperations } from './operations.ts'

/** What belongs to an account beside what auth keeps. */
export interface AccountOptions {
  /** What else an export holds, by name. Each function is given the system's handle and the user's id. */
  readonly export?: ExportRows
}

/**
 * Makes what users may do with their account as a whole: take along what is stored of them, change
 * their name, delete it.
 *
 * Deleting takes a recent sign-in (and the second factor where one is enrolled), ends every session, and
 * takes along the rows that refer to the user with `onDelete: 'cascade'`, in one transaction. While rows
 * refer to the user in another way, it answers 409 `account_in_use` and changes nothing.
 *
 * ```ts
 * import { account, auth, password, users } from 'plinth/auth'
 * import { id, ref, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', {
 *   id: id(),
 *   owner: ref(users, { onDelete: 'cascade' }),
 *   text: v.string(),
 * })
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   features: [
 *     account({
 *       export: { notes: async (db, user) => (await db.list(notes, { where: { owner: user } })).items },
 *     }),
 *   ],
 * })
 * ```
 */
export function account(options: AccountOptions = {}): Feature<AccountOperations> {
  assertKnown('account()', options, ['export'])
  const { export: rows = {} } = options
  if (typeof rows !== 'object' || rows === null || Array.isArray(rows)) {
    throw misuse(
      'account({ export })',
      'expected functions by name, such as { notes: (db, user) => [] }',
    )
  }
  for (const [name, find] of Object.entries(rows)) {
    if (typeof find === 'function') continue
    throw misuse('account({ export })', `"${name}" is ${String(find)}; expected a function`)
  }
  return {
    kind: 'feature',
    name: 'account',
    tables: [],
    open: (services) => ({ operations: { account: accountOperations({ ...services, rows }) } }),
  }
}
