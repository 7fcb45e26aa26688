import type { Actor } from '../kernel/index.ts'

/** Nobody: an actor of a well-formed id without roles. */
const PROBE: Actor = { id: '00000000-0000-7000-8000-000000000000', roles: [] }

/**
 * Asks a rule about an actor who does not exist, so that a mistake in its answer is found before the
 * first real one. A rule that throws is left to its real actors: it counts as true.
 */
export function probe(rule: (actor: Actor) => unknown): unknown {
  try {
    return rule(PROBE)
  } catch {
    return true
  }
}
