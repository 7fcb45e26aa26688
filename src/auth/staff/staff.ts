import { assertKnown, misuse } from '../../kernel/index.ts'
import type { Feature } from '../part.ts'
import { type ImpersonationOperations, impersonate, stopImpersonating } from './impersonation.ts'
import { covers, STAFF_PERMISSIONS, type StaffPermissions } from './permissions.ts'
import { type StaffUserOperations, staffUserOperations } from './user-operations.ts'

/** What staff are allowed by. */
export interface StaffOptions {
  /** Other names for the permissions that are asked for. */
  readonly permissions?: Partial<StaffPermissions>
}

/** What `staff()` offers. */
export type StaffOperations = {
  readonly staff: StaffUserOperations & ImpersonationOperations
}

/**
 * Makes what staff do with users: find them, ban them, end their sessions, act as them. Who may is said
 * by `auth({ permissions })`.
 *
 * Nobody acts on themselves, or on somebody with a permission that they do not have. Who acts as a user
 * does so for an hour at most, in a session that is never fresh and of one factor, so that it cannot
 * change how the account is entered; it ends at once when they lose the permission, are banned, or the
 * user is given one that they do not have. Events name both.
 *
 * ```ts
 * import { auth, password, staff } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   features: [staff()],
 *   permissions: {
 *     support: ['users:read', 'users:impersonate'],
 *     moderator: ['users:read', 'users:ban'],
 *   },
 * })
 * ```
 */
export function staff(options: StaffOptions = {}): Feature<StaffOperations> {
  assertKnown('staff()', options, ['permissions'])
  const permissions = resolvePermissions(options.permissions)
  return {
    kind: 'feature',
    name: 'staff',
    tables: [],
    open(services) {
      const own = { ...services, permissions }
      return {
        operations: {
          staff: {
            ...staffUserOperations(own),
            impersonate: impersonate(own),
            stopImpersonating: stopImpersonating(own),
          },
        },
        mayActAs: (actor, user) =>
          covers(actor, user) && (actor.permissions ?? []).includes(permissions.impersonate),
      }
    },
  }
}

function resolvePermissions(given: Partial<StaffPermissions> = {}): StaffPermissions {
  const place = 'staff({ permissions })'
  assertKnown(place, given, Object.keys(STAFF_PERMISSIONS))
  for (const [name, permission] of Object.entries(given)) {
    if (typeof permission === 'string' && permission !== '') continue
    throw misuse(`${place}.${name}`, `is ${String(permission)}; expected a permission's name`)
  }
  return { ...STAFF_PERMISSIONS, ...given }
}
