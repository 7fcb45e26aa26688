import { trimBlanks } from './text.ts'

/** What has to be kept whole at most, and how many members the grammar allows (W3C Baggage, sections 3.2, 3.3). */
const MOST_BYTES = 8192
const MOST_MEMBERS = 180

/** Values are printable ASCII without quotes, commas, semicolons and backslashes. */
const PAIR = /^([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*([!#-+\--:<-[\]-~]*)$/
const PROPERTY = /^[!#$%&'*+.^_`|~\w-]+(?:[ \t]*=[ \t]*[!#-+\--:<-[\]-~]*)?$/

interface Member {
  readonly name: string
  /** As it was sent. */
  readonly value: string
  /** The whole of it, with its properties. */
  readonly text: string
}

/**
 * Reads a `baggage` header (W3C Baggage). Values are decoded, what is no UTF-8 in them as U+FFFD; their
 * properties are left out. Malformed members are ignored, and of a name that comes twice the last counts.
 * What lies behind 8,192 bytes or 180 members is not looked at.
 */
export function parseBaggage(header: string | null): ReadonlyMap<string, string> {
  return new Map(readMembers(header).map(({ name, value }) => [name, decode(value)]))
}

/** Leaves the members of a `baggage` header that are well-formed, in their order and with their properties. */
export function cleanBaggage(header: string): string {
  return readMembers(header)
    .map(({ text }) => text)
    .join(',')
}

function readMembers(header: string | null): Member[] {
  const members: Member[] = []
  for (const text of bounded(header ?? '').split(',')) {
    const member = readMember(trimBlanks(text))
    if (member && members.push(member) === MOST_MEMBERS) break
  }
  return members
}

/** Ends behind a whole member. */
function bounded(header: string): string {
  if (header.length <= MOST_BYTES) return header
  return header.slice(0, Math.max(0, header.lastIndexOf(',', MOST_BYTES)))
}

function readMember(text: string): Member | undefined {
  const [pair = '', ...properties] = text.split(';').map(trimBlanks)
  const [, name, value = ''] = PAIR.exec(pair) ?? []
  const wellFormed = properties.every((property) => PROPERTY.test(property))
  return name !== undefined && wellFormed ? { name, value, text } : undefined
}

/** A percent sign that begins no octet stands for itself. */
function decode(value: string): string {
  return value.replace(/(?:%[0-9a-f]{2})+/gi, (octets) => UTF8.decode(toBytes(octets)))
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

function toBytes(octets: string): Uint8Array {
  return Uint8Array.from(octets.slice(1).split('%'), (octet) => Number.parseInt(octet, 16))
}
