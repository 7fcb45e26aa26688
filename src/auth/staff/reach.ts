import type { Handle, Row } from '../../data/index.ts'
import type { Actor } from '../../kernel/index.ts'
import { outOfReach, sessionNotFound } from '../errors.ts'
import type { PermissionsOf } from '../permissions.ts'
import { users } from '../users.ts'
import { covers } from './permissions.ts'

/**
 * Finds a user whom a member of staff may act on: not themselves, and nobody who may do what they may
 * not. Throws `not_found` (404) or `denied` (403).
 */
export async function reachUser(
  tx: Handle,
  sought: { readonly id: string; readonly staff: Actor; readonly permissionsOf: PermissionsOf },
): Promise<Row<typeof users>> {
  const { id, staff, permissionsOf } = sought
  const user = await tx.get(users, id)
  if (!user) throw sessionNotFound()
  const actor = { id, roles: user.roles, permissions: permissionsOf(user.roles) }
  if (id === staff.id || !covers(staff, actor)) throw outOfReach()
  return user
}
