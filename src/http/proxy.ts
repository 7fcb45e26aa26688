import { misuse } from '../kernel/index.ts'
import {
  type Address,
  type AddressRange,
  formatAddress,
  isInRange,
  parseAddress,
  parseRange,
} from './address.ts'

/** What is known of a client, from its connection or from proxies that are trusted. */
export interface Origination {
  /** Canonical IP address; undefined where the runtime cannot tell. */
  readonly address: string | undefined
  /** `http` or `https`, as a trusted proxy says. */
  readonly proto?: string
  /** Host and port, as a trusted proxy says. */
  readonly host?: string
}

/** Finds out who sent a request: `peer` is the address at the other end of the connection. */
export type ProxyTrust = (
  peer: string | undefined,
  header: (name: string) => string | null,
) => Origination

/**
 * Creates the function that finds a request's client, believing forwarding headers only from the
 * proxies listed: IP addresses and CIDR ranges. Anything else throws `misuse`.
 *
 * `X-Forwarded-For` is walked from the right: the first address that is no trusted proxy is the
 * client, whatever stands before it. `X-Forwarded-Proto` and `X-Forwarded-Host` count when they hold
 * exactly one scheme and one host; the outermost proxy must set them, not append to them. `::ffff:`
 * forms are the version 4 addresses that they map.
 *
 * ```ts
 * import { createProxyTrust } from 'plinth/http'
 *
 * const trust = createProxyTrust(['10.0.0.0/8', '::1'])
 * const headers = new Headers({ 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 10.0.0.2' })
 * console.log(trust('10.0.0.1', (name) => headers.get(name)).address) // 203.0.113.7
 * ```
 */
export function createProxyTrust(proxies: readonly string[]): ProxyTrust {
  const ranges = proxies.map(toRange)
  const isTrusted = (address: Address) => ranges.some((range) => isInRange(address, range))
  if (ranges.length === 0) return (peer) => ({ address: peer && toCanonical(peer) })
  return (peer, header) => {
    const address = peer === undefined ? undefined : parseAddress(peer)
    if (!address || !isTrusted(address)) return { address: peer && toCanonical(peer) }
    const client = findClient(address, header('x-forwarded-for') ?? '', isTrusted)
    const proto = SCHEME.exec(header('x-forwarded-proto') ?? '')?.[0].toLowerCase()
    const host = HOST.exec(header('x-forwarded-host') ?? '')?.[0].toLowerCase()
    return {
      address: formatAddress(client),
      ...(proto === undefined ? {} : { proto }),
      ...(host === undefined ? {} : { host }),
    }
  }
}

function toRange(text: string): AddressRange {
  const range = parseRange(text)
  if (range) return range
  throw misuse(
    'trustedProxies',
    `"${text}" is no IP address or CIDR range such as 10.0.0.0/8, with all bits after the prefix 0`,
  )
}

const SCHEME = /^https?$/i
const HOST = /^(?:[a-z\d](?:[a-z\d.-]{0,252}[a-z\d])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i

/** One way to write each address, so that limits by address cannot be spread over its spellings. */
function toCanonical(peer: string): string {
  if (!peer.includes(':')) return peer
  const address = parseAddress(peer)
  return address ? formatAddress(address) : peer
}

/** An entry that is no address ends the walk: what stands left of it has passed through unknown hands. */
function findClient(
  peer: Address,
  forwardedFor: string,
  isTrusted: (address: Address) => boolean,
): Address {
  let client = peer
  for (const entry of forwardedFor.split(',').reverse()) {
    const address = parseAddress(withoutPort(entry.trim()))
    if (!address) return client
    client = address
    if (!isTrusted(address)) return client
  }
  return client
}

/** Some proxies write the port as well: `203.0.113.7:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  return (
    /^(?:([\d.]+):\d{1,5}|\[([\da-f:.]+)\](?::\d{1,5})?)$/i.exec(entry)?.slice(1).join('') ?? entry
  )
}
