import { type Actor, PlinthError } from '../kernel/index.ts'
import type { Guard } from './guard.ts'
import type { Incoming } from './message.ts'

/** What proxies add: behind one, the address that is seen may be the proxy's own. */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']
const ADDRESS = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/
/** Any other name may be a stranger's that leads here, and whose page asks (DNS rebinding). */
const ORIGIN = /^https?:\/\/(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/

/**
 * Lets in whoever calls from the machine that the server runs on, signed in or not: what a developer
 * looks at. Requests that came through a proxy, or by a name that is not the machine's own, are
 * refused with `denied` (403). A proxy on the same machine that adds no header of its own and
 * rewrites `Host` cannot be told from a developer: with such a one, take another guard.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { sqlite } from 'plinth/data/sqlite'
 * import { loopback } from 'plinth/http'
 *
 * export const app = await backend({
 *   data: sqlite(':memory:', []),
 *   monitor: { metrics: { guard: loopback } },
 * })
 * ```
 */
export const loopback: Guard<Actor | null> = {
  name: 'from this machine',
  authenticated: false,
  check(principal, _, incoming) {
    if (isLocal(incoming)) return principal?.scopes ? null : (principal?.actor ?? null)
    throw new PlinthError('denied', 'This is shown on its own machine only.', { status: 403 })
  },
}

function isLocal(incoming: Incoming): boolean {
  return (
    ADDRESS.test(incoming.address ?? '') &&
    ORIGIN.test(incoming.origin) &&
    FORWARDING.every((name) => incoming.header(name) === null)
  )
}
