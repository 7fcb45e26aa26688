import { type AddressRange, isInRange, parseAddress, parseRange } from './address.ts'

/** What leads nowhere outside (RFC 6890 and IANA's registries of special-purpose addresses). */
const SPECIAL = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  // Those that carry an address of version 4 along (Teredo, 6to4) are taken for what they carry.
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
].flatMap(toRange)

/** All that is global unicast in version 6: mapped, translated and local addresses are not. */
const GLOBAL = ['2000::/3'].flatMap(toRange)

/** Names that lead inside by what they are (RFC 6761, 6762, 8375, and ICANN's `internal`). */
const INSIDE = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa)$/

/**
 * Tests whether the host of a URL can be on the public internet, so that nobody who names a URL reaches
 * into one's own network. Takes `hostname` as `URL` gives it: numbers are in their one form by then.
 *
 * False for addresses of networks that are private, local, reserved or that carry such an address along
 * (`::ffff:10.0.0.1`), for names without a dot, and for names that are never public, such as
 * `db.internal`. A public name may lead inside all the same: that takes a firewall.
 *
 * ```ts
 * import { isPublicHost } from 'plinth/http'
 *
 * console.log(isPublicHost(new URL('https://accounts.example.com').hostname)) // true
 * console.log(isPublicHost(new URL('https://0x7f.1').hostname)) // false
 * ```
 */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  const literal = /^\[(.*)\]$/.exec(host)?.[1] ?? host
  const address = parseAddress(literal)
  if (!address) return host.includes('.') && !host.startsWith('[') && !INSIDE.test(host)
  if (SPECIAL.some((range) => isInRange(address, range))) return false
  return address.length === 4 || GLOBAL.some((range) => isInRange(address, range))
}

function toRange(text: string): AddressRange[] {
  const range = parseRange(text)
  return range ? [range] : []
}
