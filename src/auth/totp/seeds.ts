import type { Handle, Row } from '../../data/index.ts'
import type { Clock, Keyring } from '../../kernel/index.ts'
import { createSeed, findStep } from './one-time-password.ts'
import { seeds } from './seeds-table.ts'

/** A code that was found to be right. */
export interface ShownCode {
  readonly row: Row<typeof seeds>
  readonly seed: Uint8Array
  readonly step: number
}

/** The seeds of users, and the codes they make. */
export interface Seeds {
  /** Makes a seed that does not count yet, in place of one that never did. */
  begin(tx: Handle, user: string): Promise<Uint8Array>
  /** Checks a code by the server's clock. Spends nothing: of one that is not null, call `spend`. */
  check(
    db: Handle,
    sought: { user: string; confirmed: boolean; code: string },
  ): Promise<ShownCode | null>
  /**
   * Spends a code as part of `tx`, and makes its seed the one that counts. False when this or a later
   * one was used, or the seed replaced: of several at once one is true.
   */
  spend(tx: Handle, shown: ShownCode): Promise<boolean>
}

/** How long a seed waits for its first code. */
export const UNCONFIRMED: number = 60 * 60_000
const PURPOSE = 'auth.totp'
const NEVER = -1

/** Creates the store of seeds. */
export function createSeeds({ clock, keys }: { clock: Clock; keys: Keyring }): Seeds {
  return {
    async begin(tx, user) {
      const seed = createSeed()
      const fresh = {
        seed: await keys.seal(bind(user, seed), PURPOSE),
        lastStep: NEVER,
        createdAt: new Date(clock.now()),
      }
      await tx.upsert(
        seeds,
        { user, confirmed: false, ...fresh },
        { on: ['user', 'confirmed'], update: fresh },
      )
      return seed
    },
    async check(db, { user, confirmed, code }) {
      const row = await db.first(seeds, { where: { user, confirmed } })
      if (!row || (!confirmed && clock.now() - row.createdAt.getTime() > UNCONFIRMED)) return null
      const opened = await keys.open(row.seed, PURPOSE)
      const seed = opened && unbind(user, opened)
      const step = seed ? await findStep(seed, code, clock.now()) : undefined
      return seed && step !== undefined && step > row.lastStep ? { row, seed, step } : null
    },
    async spend(tx, { row, seed, step }) {
      const { id, user, confirmed } = row
      const sealed = keys.isFormer(row.seed) ? await keys.seal(bind(user, seed), PURPOSE) : row.seed
      if (!confirmed) await tx.deleteMany(seeds, { user, confirmed: true })
      const patch = { lastStep: step, seed: sealed, confirmed: true }
      return (
        (await tx.update(seeds, id, patch, { lastStep: { lt: step }, seed: row.seed })) !== null
      )
    },
  }
}

/** A seed with whose it is, for sealing. */
function bind(user: string, seed: Uint8Array): Uint8Array {
  const owner = new TextEncoder().encode(`${user}.`)
  const bytes = new Uint8Array(owner.length + seed.length)
  bytes.set(owner)
  bytes.set(seed, owner.length)
  return bytes
}

/** The seed of a sealed pair, or null when it is another user's. */
function unbind(user: string, bytes: Uint8Array): Uint8Array | null {
  const owner = new TextEncoder().encode(`${user}.`)
  return owner.every((byte, at) => bytes[at] === byte) ? bytes.slice(owner.length) : null
}
