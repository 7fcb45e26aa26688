import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { personal, secret } from '../../kernel/index.ts'
import { users } from '../users.ts'

/** The columns of `sessions`. */
export type SessionColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string>, undefined>
  readonly tokenHash: v.GenericSchema<string>
  readonly tokenExpiresAt: v.GenericSchema<Date | null | undefined, Date | null | undefined>
  readonly assurance: v.GenericSchema<1 | 2>
  readonly methods: v.GenericSchema<string[]>
  readonly impersonator: Column<v.GenericSchema<string | null>, undefined>
  readonly address: v.GenericSchema<string | null>
  readonly userAgent: v.GenericSchema<string | null>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
  readonly authenticatedAt: Column<v.GenericSchema<Date>, undefined>
  readonly lastSeenAt: Column<v.GenericSchema<Date>, undefined>
  readonly expiresAt: Column<v.GenericSchema<Date>, undefined>
}

/**
 * The sessions that are open. No policy lets an actor at them; the system ends those of a user, or
 * all, by deleting rows, which counts from the next request on.
 *
 * ```ts
 * import { sessions } from 'plinth/auth'
 * import type { Database } from 'plinth/data'
 *
 * async function signOutEverywhere(db: Database, userId: string) {
 *   await db.system.deleteMany(sessions, { user: userId })
 * }
 * ```
 */
export const sessions: Table<'plinth_sessions', SessionColumns> = table(
  'plinth_sessions',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade' }),
    /** SHA-256 of the token: what is stored here opens nothing. */
    tokenHash: secret(v.pipe(v.string(), v.maxLength(64))),
    /** When the token ends and is to be renewed, before the session does; null for the session's end. */
    tokenExpiresAt: v.nullish(v.date()),
    /** How many factors were shown (NIST SP 800-63B's AAL). */
    assurance: v.picklist([1, 2]),
    /** What was shown, in order, such as `password`, `totp`. */
    methods: v.array(v.string()),
    /** The member of staff who acts as this user, if one does. */
    impersonator: ref(users, { onDelete: 'cascade', nullable: true }),
    /** Where it was opened from, for its owner to recognise. */
    address: personal(v.nullable(v.string())),
    userAgent: personal(v.nullable(v.string())),
    createdAt: timestamp(),
    /** When its owner last proved who they are. */
    authenticatedAt: timestamp(),
    lastSeenAt: timestamp(),
    /** The absolute limit. Never moved. */
    expiresAt: timestamp(),
  },
  { unique: [['tokenHash']], indexes: [['expiresAt']] },
)
