import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { personal, secret } from '../../kernel/index.ts'
import { users } from '../users.ts'

type IdentityColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string>, undefined>
  readonly provider: v.GenericSchema<string>
  readonly issuer: v.GenericSchema<string>
  readonly subject: v.GenericSchema<string>
  readonly email: v.GenericSchema<string | null>
  readonly tokens: v.GenericSchema<string | null>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
  readonly usedAt: Column<v.GenericSchema<Date>, undefined>
}

/** Whom providers know the users as. An identity is issuer and subject, and never an e-mail address. */
export const identities: Table<'plinth_identities', IdentityColumns> = table(
  'plinth_identities',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade' }),
    /** The name of the provider here. */
    provider: v.pipe(v.string(), v.maxLength(40)),
    issuer: v.pipe(v.string(), v.maxLength(255)),
    subject: personal(v.pipe(v.string(), v.maxLength(255))),
    /** As the provider told it when it was last used, for the owner to recognise. Decides nothing. */
    email: personal(v.nullable(v.string())),
    /** The provider's tokens, sealed; null unless they were asked for. */
    tokens: secret(v.nullable(v.string())),
    createdAt: timestamp(),
    usedAt: timestamp(),
  },
  {
    unique: [
      ['issuer', 'subject'],
      ['user', 'provider'],
    ],
  },
)
