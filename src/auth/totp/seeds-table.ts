import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { secret } from '../../kernel/index.ts'
import { users } from '../users.ts'

type SeedColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string>, undefined>
  readonly confirmed: v.GenericSchema<boolean>
  readonly seed: v.GenericSchema<string>
  readonly lastStep: v.GenericSchema<number>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
}

/** The seeds of authenticator apps: of each user the one that counts, and one about to take its place. */
export const seeds: Table<'plinth_totp', SeedColumns> = table(
  'plinth_totp',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade' }),
    /** Whether a code of it was shown. Before that it is no factor. */
    confirmed: v.boolean(),
    /** Sealed under the keyring together with its user: in another's row it opens nothing. */
    seed: secret(v.pipe(v.string(), v.maxLength(400))),
    /** The time step of the code used last. Only moved forward. */
    lastStep: v.pipe(v.number(), v.integer()),
    createdAt: timestamp(),
  },
  { unique: [['user', 'confirmed']], indexes: [['confirmed', 'createdAt']] },
)
