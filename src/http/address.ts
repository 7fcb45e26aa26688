/** The bytes of an IP address: 4 of version 4, 16 of version 6. */
export type Address = Uint8Array

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
const GROUP = /^[0-9a-f]{1,4}$/i

/**
 * Reads an IP address as it is written once and for all: dotted decimal without leading zeros (RFC
 * 6943, section 3.1.1), or RFC 4291's text of version 6. `::ffff:` forms are the address of version 4
 * that they map. Undefined for anything else, zones included.
 */
export function parseAddress(text: string): Address | undefined {
  if (IPV4.test(text)) return Uint8Array.from(text.split('.'), Number)
  const bytes = text.includes(':') ? parseVersion6(text) : undefined
  return bytes && isMapped(bytes) ? bytes.slice(12) : bytes
}

function parseVersion6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map(parseGroups)
  if (!head) return undefined
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined
  // "::" stands for at least one group of zeros.
  if (!tail || head.length + tail.length > 14) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

function parseGroups(half: string, index: number, halves: readonly string[]): number[] | undefined {
  if (half === '') return halves.length === 2 ? [] : undefined
  const groups = half.split(':')
  const last = groups.at(-1) ?? ''
  // Only the very end may be written as version 4.
  const dotted = index === halves.length - 1 && IPV4.test(last) ? last.split('.').map(Number) : []
  if (dotted.length > 0) groups.pop()
  if (!groups.every((group) => GROUP.test(group))) return undefined
  const bytes = groups.flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
  return [...bytes, ...dotted]
}

function isMapped(bytes: Address): boolean {
  return bytes.every((byte, at) => at >= 12 || byte === (at < 10 ? 0 : 0xff))
}

/** Writes an address in its one canonical form (RFC 5952), so that it can be compared and counted. */
export function formatAddress(bytes: Address): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  )
  const longest = groups
    .join(':')
    .match(/\b0(?::0)+\b/g)
    ?.reduce((one, other) => (other.length > one.length ? other : one))
  if (longest === undefined) return groups.join(':')
  return groups.join(':').replace(new RegExp(`(^|:)${longest}(:|$)`), '::')
}

/** A block of addresses. */
export interface AddressRange {
  readonly address: Address
  /** How many leading bits count. */
  readonly prefix: number
}

/**
 * Reads an address or a CIDR range (RFC 4632). Undefined when it is neither, when the length is
 * written with leading zeros or beyond the address, or when bits outside the prefix are set.
 */
export function parseRange(text: string): AddressRange | undefined {
  const [first = '', length, ...more] = text.split('/')
  const address = parseAddress(first)
  if (!address || more.length > 0) return undefined
  const bits = address.length * 8
  if (length === undefined) return { address, prefix: bits }
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined
  // A mapped form counts the 96 bits before the address that it maps.
  const mapped = address.length === 4 && first.includes(':')
  const prefix = Number(length) - (mapped ? 96 : 0)
  if (prefix < 0 || prefix > bits) return undefined
  const range = { address, prefix }
  return address.every((byte, at) => (byte & ~maskAt(prefix, at)) === 0) ? range : undefined
}

/** Tests whether an address lies in a range. Versions never mix. */
export function isInRange(address: Address, { address: base, prefix }: AddressRange): boolean {
  return (
    address.length === base.length &&
    base.every((byte, at) => byte === ((address[at] ?? 0) & maskAt(prefix, at)))
  )
}

/** The mask of the byte at a place, for a prefix of so many bits. */
function maskAt(prefix: number, at: number): number {
  const bits = Math.min(8, Math.max(0, prefix - 8 * at))
  return (0xff00 >> bits) & 0xff
}
