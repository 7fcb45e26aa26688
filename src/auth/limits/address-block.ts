const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
const GROUP = /^[0-9a-f]{1,4}$/

/**
 * Returns the block of addresses that counts as one caller: an IPv4 address alone, the /64 of an IPv6
 * address, since every customer of a provider has one of those to choose from. All spellings of an
 * address, IPv4 written as IPv6 included, give the same block; text that is no address is its own.
 */
export function addressBlock(address: string): string {
  const text = address.toLowerCase().split('%')[0] ?? ''
  if (!text.includes(':')) return text
  const groups = parseIpv6(text)
  if (!groups) return text
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) return toIpv4(groups[6] ?? 0, groups[7] ?? 0)
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight groups of an address (RFC 4291 section 2.2), or `undefined`. */
function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = [toGroups(halves[0]), toGroups(halves[1])]
  if (!head || !tail) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function toGroups(half: string | undefined): number[] | undefined {
  if (!half) return []
  const groups: number[] = []
  for (const part of half.split(':')) {
    const [, a, b, c, d] = IPV4.exec(part) ?? []
    if (d !== undefined) groups.push((Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d))
    else if (GROUP.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

function toIpv4(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
