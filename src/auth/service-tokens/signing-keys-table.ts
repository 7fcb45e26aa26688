import * as v from 'valibot'
import { type Column, id, type Table, table, timestamp } from '../../data/index.ts'
import { secret } from '../../kernel/index.ts'

/** How tokens are signed. */
export type SigningAlgorithm = 'ES256' | 'EdDSA'

type SigningKeyColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly algorithm: v.GenericSchema<SigningAlgorithm>
  readonly generation: v.GenericSchema<number>
  readonly publicKey: v.GenericSchema<Record<string, string>>
  readonly privateKey: v.GenericSchema<string>
  readonly signsFrom: Column<v.GenericSchema<Date>, undefined>
  readonly signsUntil: Column<v.GenericSchema<Date>, undefined>
  readonly expiresAt: Column<v.GenericSchema<Date>, undefined>
}

/** The keys that tokens for other services are signed with. Each is published as long as it is here. */
export const signingKeys: Table<'plinth_signing_keys', SigningKeyColumns> = table(
  'plinth_signing_keys',
  {
    id: id(),
    algorithm: v.pipe(v.picklist(['ES256', 'EdDSA']), v.maxLength(10)),
    /** Counts the keys of an algorithm: of several processes that make the next one, one does. */
    generation: v.pipe(v.number(), v.integer()),
    /** A JWK (RFC 7517). */
    publicKey: v.record(v.string(), v.string()),
    /** A JWK under the keyring, bound to this row. */
    privateKey: secret(v.string()),
    signsFrom: timestamp(),
    signsUntil: timestamp(),
    /** When the last token that it signed is over. */
    expiresAt: timestamp(),
  },
  { unique: [['algorithm', 'generation']], indexes: [['expiresAt']] },
)
