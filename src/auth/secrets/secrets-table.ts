import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { personal, secret } from '../../kernel/index.ts'
import { users } from '../users.ts'

type SecretColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly purpose: v.GenericSchema<string>
  readonly tokenHash: v.GenericSchema<string>
  readonly codeMac: v.GenericSchema<string | null>
  readonly guesses: v.GenericSchema<number>
  readonly user: Column<v.GenericSchema<string | null>, undefined>
  readonly subject: v.GenericSchema<string | null>
  readonly payload: v.GenericSchema<Payload>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
  readonly expiresAt: Column<v.GenericSchema<Date>, undefined>
}

/** What a secret stands for, kept until it is spent. Nothing in it opens anything by itself. */
export type Payload = {
  readonly [name: string]: string | number | boolean | null | readonly string[]
}

const values = v.union([v.string(), v.number(), v.boolean(), v.null(), v.array(v.string())])

/** Secrets that open one thing once: links, codes, challenges and half-finished sign-ins. */
export const secrets: Table<'plinth_secrets', SecretColumns> = table(
  'plinth_secrets',
  {
    id: id(),
    purpose: v.pipe(v.string(), v.maxLength(40)),
    /** SHA-256 of purpose and token: for another purpose the token is unknown. */
    tokenHash: secret(v.pipe(v.string(), v.maxLength(64))),
    /** A short code under the keyring, bound to this row; null where the token is the only secret. */
    codeMac: secret(v.nullable(v.string())),
    /** How often a code may still be guessed. */
    guesses: v.pipe(v.number(), v.integer()),
    user: ref(users, { onDelete: 'cascade', nullable: true }),
    /** What it is about, such as an address; whatever may be ended by it at once. */
    subject: personal(v.nullable(v.pipe(v.string(), v.maxLength(254)))),
    payload: secret(v.record(v.string(), values)),
    createdAt: timestamp(),
    expiresAt: timestamp(),
  },
  { unique: [['tokenHash']], indexes: [['expiresAt'], ['user'], ['subject']] },
)
