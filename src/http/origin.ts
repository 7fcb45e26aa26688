import { misuse, PlinthError } from '../kernel/index.ts'
import type { Incoming } from './message.ts'

/** Refuses a request that a browser may have sent for another site. */
export type OriginCheck = (incoming: Incoming) => void

/**
 * Creates the check of every unsafe request that could act with rights the sender did not show: one
 * with a cookie, or one that a browser sent without an `Authorization` header.
 *
 * Its `Origin` must be the app's own or a trusted one. Without `Origin`, `Sec-Fetch-Site` must be
 * `same-origin` or `none`. Anything else, `Origin: null` included, is refused with `cross_origin`
 * (403); the content type plays no part. Requests with a bearer token and no cookie pass, and so do
 * those of programs that are no browser and send no cookie.
 */
export function createOriginCheck(trustedOrigins: readonly string[] = []): OriginCheck {
  if (!Array.isArray(trustedOrigins)) throw misuse('trustedOrigins', 'expected a list of origins')
  const trusted = new Set(trustedOrigins.map((text) => toOrigin(text, 'trustedOrigins')))
  return (incoming) => {
    const origin = incoming.header('origin')
    const site = incoming.header('sec-fetch-site')
    if (incoming.header('cookie') === null) {
      const fromBrowser = origin !== null || site !== null
      if (!fromBrowser || incoming.header('authorization') !== null) return
    }
    if (origin === null ? site === 'same-origin' || site === 'none' : trusted.has(origin)) return
    // A browser that names our own origin cannot call the request cross-site: one of them is forged.
    if (origin === incoming.origin && (site === null || site === 'same-origin')) return
    throw new PlinthError('cross_origin', explain(incoming), { status: 403 })
  }
}

/** Names both origins: behind a proxy that is not trusted the app's own is not what one expects. */
function explain(incoming: Incoming): string {
  const origin = incoming.header('origin')
  const site = incoming.header('sec-fetch-site')
  if (origin === null && site === null) {
    return 'A request with a cookie must also bring the header Origin.'
  }
  const sender =
    origin === null || origin === incoming.origin
      ? `Sec-Fetch-Site is ${site}`
      : `Origin is ${origin}`
  return `This request may only be sent from ${incoming.origin}; its ${sender}.`
}

/** Throws `misuse` naming the option for text that is no origin as browsers write it. */
export function toOrigin(text: string, place: string): string {
  if (URL.canParse(text) && new URL(text).origin === text && text !== 'null') return text
  throw misuse(
    place,
    `"${text}" is not an origin; write scheme, host and port alone, such as https://shop.example`,
  )
}
