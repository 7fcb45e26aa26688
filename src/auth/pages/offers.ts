import type { PasswordOperations } from '../password/operations.ts'
import type { SessionOperations } from '../session/session-operations.ts'

/** The operations of all parts there are, of which those that were passed to `auth()` are there. */
export type Offers = SessionOperations & Partial<PasswordOperations>
