import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { secret } from '../../kernel/index.ts'
import { users } from '../users.ts'

type PasswordColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string>, undefined>
  readonly hash: v.GenericSchema<string>
  readonly usedAt: Column<v.GenericSchema<Date>, undefined>
}

/** Password hashes, apart from `users` so that no reading of users carries one along. */
export const passwords: Table<'plinth_passwords', PasswordColumns> = table(
  'plinth_passwords',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade' }),
    /** A PHC string. */
    hash: secret(v.string()),
    usedAt: timestamp(),
  },
  { unique: [['user']] },
)
