import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { secret } from '../../kernel/index.ts'
import { sessions } from '../session/sessions-table.ts'

type RefreshColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly session: Column<v.GenericSchema<string>, undefined>
  readonly familyHash: v.GenericSchema<string>
  readonly tokenHash: v.GenericSchema<string>
  readonly expiresAt: Column<v.GenericSchema<Date>, undefined>
}

/** The one refresh token that each program's session has now. It goes with the session. */
export const refreshes: Table<'plinth_refresh_tokens', RefreshColumns> = table(
  'plinth_refresh_tokens',
  {
    id: id(),
    session: ref(sessions, { onDelete: 'cascade' }),
    /** SHA-256 of what all refresh tokens of the session begin with, used ones too. */
    familyHash: secret(v.pipe(v.string(), v.maxLength(64))),
    /** SHA-256 of the one that is good. */
    tokenHash: secret(v.pipe(v.string(), v.maxLength(64))),
    expiresAt: timestamp(),
  },
  { unique: [['familyHash'], ['session']] },
)
