import type { Failure } from './failure.ts'

/** Errors of one type, thrown at one place for one route. */
export interface ErrorGroup {
  readonly id: string
  readonly route: string | undefined
  count: number
  /** Milliseconds since the epoch. */
  readonly first: number
  last: number
  /** The latest, as an example. */
  failure: Failure
  /** The trace of the latest, if it had one. */
  trace: string | undefined
}

export interface ErrorSight {
  readonly failure: Failure
  readonly route: string | undefined
  readonly time: number
  readonly trace: string | undefined
}

export interface Errors {
  add(sight: ErrorSight): void
  list(): Iterable<ErrorGroup>
  find(id: string): ErrorGroup | undefined
  /** How many groups were forgotten for newer ones. */
  readonly forgotten: number
}

/** Groups errors by type, place and route: at most `limit` groups, the longest unseen goes first. */
export function createErrors(limit: number): Errors {
  const groups = new Map<string, ErrorGroup>()
  const errors = {
    forgotten: 0,
    add({ failure, route, time, trace }: ErrorSight) {
      const id = fingerprint(failure, route)
      const group = groups.get(id) ?? {
        id,
        route,
        count: 0,
        first: time,
        last: time,
        failure,
        trace,
      }
      group.count += 1
      group.last = time
      group.failure = failure
      group.trace = trace ?? group.trace
      // Taken out and put in again, it stands last: the first is the longest unseen.
      groups.delete(id)
      groups.set(id, group)
      if (groups.size > limit) forget()
    },
    list: () => groups.values(),
    find: (id: string) => groups.get(id),
  }
  return errors

  function forget(): void {
    const [oldest] = groups.keys()
    if (oldest !== undefined) groups.delete(oldest)
    errors.forgotten += 1
  }
}

/** FNV-1a over what makes errors alike: short enough for an address. */
function fingerprint({ type, place, message }: Failure, route: string | undefined): string {
  // Without a place the message has to tell errors apart.
  const text = `${type}\u0000${place || message}\u0000${route ?? ''}`
  return hash(text, 0x811c9dc5) + hash(text, 0x1b873593)
}

function hash(text: string, seed: number): string {
  let value = seed
  for (let at = 0; at < text.length; at += 1) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  }
  return (value >>> 0).toString(16).padStart(8, '0')
}
