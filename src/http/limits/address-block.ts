import { formatAddress, parseAddress } from '../address.ts'

/**
 * Returns the block of addresses that counts as one caller: an IPv4 address alone, the /64 of an IPv6
 * address, since every customer of a provider has one of those to choose from. All spellings of an
 * address, IPv4 written as IPv6 included, give the same block; text that is no address is its own.
 *
 * ```ts
 * import { addressBlock } from 'plinth/http'
 *
 * console.log(addressBlock('203.0.113.7')) // 203.0.113.7
 * console.log(addressBlock('2001:db8:0:1:2:3:4:5')) // 2001:db8:0:1::/64
 * ```
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  const text = address.toLowerCase().split('%', 1)[0] ?? ''
  const bytes = parseAddress(text)
  if (!bytes) return text
  if (bytes.length === 4) return formatAddress(bytes)
  return `${formatAddress(bytes.map((byte, at) => (at < 8 ? byte : 0)))}/64`
}
