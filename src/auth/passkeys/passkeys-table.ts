import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { users } from '../users.ts'

type PasskeyColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string>, undefined>
  readonly credentialId: v.GenericSchema<string>
  readonly credentialHash: v.GenericSchema<string>
  readonly publicKey: v.GenericSchema<Uint8Array>
  readonly counter: v.GenericSchema<number>
  readonly transports: v.GenericSchema<string[]>
  readonly verifiesUser: v.GenericSchema<boolean>
  readonly backupEligible: v.GenericSchema<boolean>
  readonly backedUp: v.GenericSchema<boolean>
  readonly aaguid: v.GenericSchema<string>
  readonly name: v.GenericSchema<string>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
  readonly lastUsedAt: Column<v.GenericSchema<Date | null>, undefined>
}

/** Of one user: browsers are told of all of them. */
export const MOST_PASSKEYS = 50

/** The public halves of passkeys. Nothing here signs anybody in. */
export const passkeys: Table<'plinth_passkeys', PasskeyColumns> = table(
  'plinth_passkeys',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade' }),
    /** As base64url; up to 1,023 bytes (WebAuthn section 4), more than a unique key may hold. */
    credentialId: v.string(),
    credentialHash: v.pipe(v.string(), v.maxLength(64)),
    /** A COSE key (RFC 9052). */
    publicKey: v.instance(Uint8Array),
    /** How often the authenticator has signed, by its own account; 0 for those that do not count. */
    counter: v.pipe(v.number(), v.integer()),
    transports: v.array(v.string()),
    /** Whether it verified its user when it was added: only such a one is a way in by itself. */
    verifiesUser: v.boolean(),
    /** Whether it may be copied to other devices, which never changes, and whether it is. */
    backupEligible: v.boolean(),
    backedUp: v.boolean(),
    /** The model of the authenticator; zeros where it does not say. */
    aaguid: v.pipe(v.string(), v.maxLength(36)),
    name: v.string(),
    createdAt: timestamp(),
    lastUsedAt: timestamp({ nullable: true }),
  },
  { unique: [['credentialHash']], indexes: [['user']] },
)
