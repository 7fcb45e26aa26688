import { every, type Guard, permission } from '../../http/index.ts'
import type { Actor } from '../../kernel/index.ts'
import { outOfReach } from '../errors.ts'

/** The permissions that staff need, by what they do. */
export interface StaffPermissions {
  /** Find users. Default `users:read`. */
  readonly read: string
  /** Ban, unban, and end sessions. Default `users:ban`. */
  readonly ban: string
  /** Act as a user. Default `users:impersonate`. */
  readonly impersonate: string
}

export const STAFF_PERMISSIONS: StaffPermissions = {
  read: 'users:read',
  ban: 'users:ban',
  impersonate: 'users:impersonate',
}

/** Lets in who has a permission, and acts as nobody else: what staff do, they do in their own name. */
export function staffGuard(name: string): Guard<Actor> {
  return every(permission(name), inOwnName)
}

const inOwnName: Guard<Actor | null> = {
  name: 'in their own name',
  authenticated: true,
  check(principal) {
    if (!principal?.impersonator) return principal?.actor ?? null
    throw outOfReach()
  },
}

/** Whether somebody has every permission that another has: who may not do more through them. */
export function covers(staff: Actor, user: Actor): boolean {
  const own = new Set(staff.permissions)
  return (user.permissions ?? []).every((name) => own.has(name))
}
