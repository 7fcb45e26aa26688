import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { secret } from '../../kernel/index.ts'
import { users } from '../users.ts'
import { serviceAccounts } from './service-accounts-table.ts'

/** How often a key may be used. */
export interface KeyLimit {
  readonly requests: number
  /** Milliseconds. */
  readonly window: number
}

type ApiKeyColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string | null>, undefined>
  readonly serviceAccount: Column<v.GenericSchema<string | null>, undefined>
  readonly name: v.GenericSchema<string>
  readonly tokenHash: v.GenericSchema<string>
  readonly start: v.GenericSchema<string>
  readonly scopes: v.GenericSchema<string[] | null>
  readonly limit: v.GenericSchema<KeyLimit | null>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
  readonly expiresAt: v.GenericSchema<Date | null>
  readonly lastUsedAt: v.GenericSchema<Date | null>
}

/** API keys, each of a user or of a service account. */
export const apiKeys: Table<'plinth_api_keys', ApiKeyColumns> = table(
  'plinth_api_keys',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade', nullable: true }),
    serviceAccount: ref(serviceAccounts, { onDelete: 'cascade', nullable: true }),
    name: v.string(),
    /** SHA-256 of the key: what is stored here opens nothing. */
    tokenHash: secret(v.pipe(v.string(), v.maxLength(64))),
    /** What the key begins with, to tell it by. */
    start: v.string(),
    /** The permissions that it is limited to; null for all that its owner has. */
    scopes: v.nullable(v.array(v.string())),
    limit: v.nullable(v.object({ requests: v.number(), window: v.number() })),
    createdAt: timestamp(),
    expiresAt: v.nullable(v.date()),
    lastUsedAt: v.nullable(v.date()),
  },
  { unique: [['tokenHash']], indexes: [['user'], ['serviceAccount']] },
)
