import type { Row } from '../../data/index.ts'
import type { users } from '../users.ts'

/** Whether a user may not use the account at this time. */
export function isBanned(
  { bannedUntil }: Pick<Row<typeof users>, 'bannedUntil'>,
  now: number,
): boolean {
  return bannedUntil != null && now < bannedUntil.getTime()
}
