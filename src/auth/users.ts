import * as v from 'valibot'
import { type Column, id, type Table, table, timestamp } from '../data/index.ts'
import { personal } from '../kernel/index.ts'
import { emailSchema } from './email.ts'

type Optional<T> = v.GenericSchema<T | null | undefined, T | null | undefined>

/** The columns of `users`. */
export type UserColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly email: v.GenericSchema<string>
  readonly emailVerifiedAt: Optional<Date>
  readonly name: Optional<string>
  readonly roles: v.GenericSchema<string[] | undefined, string[]>
  readonly bannedUntil: Optional<Date>
  readonly banReason: Optional<string>
  readonly createdAt: Column<v.GenericSchema<Date>, 'now'>
}

/**
 * The people who can sign in: `id`, `email` (unique, normalised), `emailVerifiedAt` (when its owner
 * last proved to read it, or null), `name` (or null), `roles`, `bannedUntil` and `banReason` (or null) and
 * `createdAt`. Other tables refer to it with `ref(users)`.
 *
 * Everyone reads their own row and nobody writes through policies; the system does. Roles given or
 * taken, bans, and users deleted count from the next request on.
 *
 * ```ts
 * import { users } from 'plinth/auth'
 * import type { Database } from 'plinth/data'
 *
 * async function promote(db: Database, userId: string) {
 *   await db.system.update(users, userId, { roles: ['staff'] })
 * }
 * ```
 */
export const users: Table<'users', UserColumns> = table(
  'users',
  {
    id: id(),
    // What every normalised address fits in: databases bound the text of unique keys.
    email: personal(v.pipe(emailSchema, v.maxLength(254))),
    emailVerifiedAt: v.nullish(v.date()),
    name: personal(v.nullish(v.string())),
    roles: v.optional(v.array(v.string()), []),
    bannedUntil: v.nullish(v.date()),
    banReason: personal(v.nullish(v.string())),
    createdAt: timestamp({ default: 'now' }),
  },
  { unique: [['email']], policy: { read: (actor) => ({ id: actor.id }) } },
)
