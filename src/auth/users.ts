import * as v from 'valibot'
import { type Column, id, type Table, table, timestamp } from '../data/index.ts'
import { emailSchema } from './email.ts'

/** The columns of `users`. */
export type UserColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly email: v.GenericSchema<string>
  readonly name: v.GenericSchema<string | null | undefined, string | null | undefined>
  readonly roles: v.GenericSchema<string[] | undefined, string[]>
  readonly createdAt: Column<v.GenericSchema<Date>, 'now'>
}

/**
 * The people who can sign in: `id`, `email` (unique, normalised), `name` (or null), `roles` and
 * `createdAt`. Other tables refer to it with `ref(users)`.
 *
 * Everyone reads their own row and nobody writes through policies; the system does. Roles given or
 * taken, and users deleted, count from the next request on.
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
    email: v.pipe(emailSchema, v.maxLength(254)),
    name: v.nullish(v.string()),
    roles: v.optional(v.array(v.string()), []),
    createdAt: timestamp({ default: 'now' }),
  },
  { unique: [['email']], policy: { read: (actor) => ({ id: actor.id }) } },
)
