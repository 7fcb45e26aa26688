import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { secret } from '../../kernel/index.ts'
import { users } from '../users.ts'

type RecoveryCodeColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string>, undefined>
  readonly codeHash: v.GenericSchema<string>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
}

/** The recovery codes that are left. A code that was used is no longer there. */
export const recoveryCodesTable: Table<'plinth_recovery_codes', RecoveryCodeColumns> = table(
  'plinth_recovery_codes',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade' }),
    /** SHA-256 of user and code, which has 120 random bits: no dictionary holds it. */
    codeHash: secret(v.pipe(v.string(), v.maxLength(64))),
    createdAt: timestamp(),
  },
  { unique: [['user', 'codeHash']] },
)
