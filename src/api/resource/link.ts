/** As much of a request as its links are made of. */
interface Listed {
  readonly path: string
  readonly query: string
}

/** Beyond this a header may not pass a proxy; the page itself says what comes next. */
const MAX_LENGTH = 4096

/**
 * Writes the `Link` field of a page (RFC 8288): the next page, and behind the first one the first,
 * with the query as it was sent. Undefined where there is neither.
 */
export function linkOf(
  { path, query }: Listed,
  { cursor, next }: { cursor: unknown; next: string | null },
): string | undefined {
  if (next === null && cursor === undefined) return undefined
  const kept = query.split('&').filter((pair) => pair !== '' && nameOf(pair) !== 'cursor')
  const links: string[] = []
  if (next !== null) links.push(link(path, [...kept, `cursor=${encodeURIComponent(next)}`], 'next'))
  if (cursor !== undefined) links.push(link(path, kept, 'first'))
  const field = links.join(', ')
  return field.length > MAX_LENGTH ? undefined : field
}

function link(path: string, pairs: readonly string[], relation: string): string {
  const query = pairs.length === 0 ? '' : `?${pairs.join('&')}`
  return `<${path}${query.replace(UNSAFE, encodeURIComponent)}>; rel="${relation}"`
}

/** What may stand raw in a request line but would end the address here. */
const UNSAFE = /[^\w\-.~!$&'()*+,;=:@/?%]/gu

function nameOf(pair: string): string {
  // Decodes: the query has been read once.
  return decodeURIComponent((pair.split('=')[0] ?? '').replaceAll('+', ' '))
}
