import type { Handle } from '../../data/index.ts'
import { passwords } from './passwords-table.ts'

/** Sets a password as part of `tx`, whether or not its user has had one. */
export async function setPassword(
  tx: Handle,
  user: string,
  { hash, now }: { readonly hash: string; readonly now: number },
): Promise<void> {
  const set = { hash, usedAt: new Date(now) }
  await tx.upsert(passwords, { user, ...set }, { on: ['user'], update: set })
}
