import { misuse } from '../kernel/index.ts'

/** What each role may do: `{ staff: ['orders:read', 'orders:refund'] }`. */
export type RolePermissions = Readonly<Record<string, readonly string[]>>

/** Finds out what somebody with these roles may do. */
export type PermissionsOf = (roles: readonly string[]) => readonly string[]

const PLACE = 'auth({ permissions })'
const NONE: readonly string[] = []

/** Checks the option. Throws `misuse` for what is no list of names. */
export function resolvePermissions(given: RolePermissions = {}): PermissionsOf {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw misuse(
      PLACE,
      'expected lists of permissions by role, such as { staff: ["orders:refund"] }',
    )
  }
  const byRole = new Map(Object.entries(given).map(([role, names]) => [role, listOf(role, names)]))
  return (roles) => {
    const lists = roles.flatMap((role) => byRole.get(role) ?? [])
    return lists.length === 0 ? NONE : [...new Set(lists)]
  }
}

function listOf(role: string, names: unknown): readonly string[] {
  const valid =
    Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')
  if (valid) return [...names]
  throw misuse(`${PLACE}: role "${role}"`, 'expected a list of names, such as ["orders:refund"]')
}
