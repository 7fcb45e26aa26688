import type { Database } from '../../data/index.ts'
import type { Scope } from '../../kernel/index.ts'

/** Finds what a digest stands for, as it is now; null for nothing. At once where it is remembered. */
export type Find<T> = (digest: string, scope: Scope) => T | null | Promise<T | null>

/** Remembered at a time. */
const CAPACITY = 10_000

/**
 * Creates a look-up that remembers what it found until anything at all is committed, by whichever
 * process: so what is ended or taken away counts on the very next request, and a server that is mostly
 * read asks once.
 */
export function createRemembering<T>(database: Database, read: Find<T>): Find<T> {
  const remembered = new Map<string, T>()
  let rememberedAt: number | undefined

  return (digest, scope) => {
    // Asked for before the rows are: they are at least as new as it says.
    const version = database.version()
    if (version !== rememberedAt || remembered.size >= CAPACITY) remembered.clear()
    rememberedAt = version
    const known = remembered.get(digest)
    return known ?? readAt(version, digest, scope)
  }

  async function readAt(
    version: number | undefined,
    digest: string,
    scope: Scope,
  ): Promise<T | null> {
    const found = await read(digest, scope)
    if (found && version !== undefined && version === rememberedAt) remembered.set(digest, found)
    return found
  }
}
