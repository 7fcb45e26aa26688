import { misuse, PlinthError } from '../kernel/index.ts'

/** What `/notes/:id` says: its parameters and the spellings that others need. */
export interface PathTemplate {
  readonly names: readonly string[]
  /** Parameters numbered, so that `/notes/:id` and `/notes/:note` are one: `/notes/:0`. */
  readonly shape: string
  /** As OpenAPI and OpenTelemetry write it: `/notes/{id}`. */
  readonly route: string
}

const LITERAL = /^(?!\.{1,2}$)[\w.~!$&'()+,;=@-]+$/
const PARAMETER = /^:([A-Za-z_]\w*)$/

/** Reads a declared path. `place` begins the message when it is malformed. */
export function parseTemplate(path: string, place: string): PathTemplate {
  const names: string[] = []
  if (path === '/') return { names, shape: path, route: path }
  const [first, ...segments] = path.split('/')
  if (first !== '' || segments.length === 0) {
    throw misuse(place, `path "${path}" does not begin with "/"`)
  }
  let shape = ''
  let route = ''
  for (const segment of segments) {
    const name = PARAMETER.exec(segment)?.[1]
    if (name === undefined && !LITERAL.test(segment)) {
      throw misuse(
        place,
        `path "${path}" has the segment "${segment}"; a segment is plain text or ":name"`,
      )
    }
    if (name !== undefined && names.includes(name)) {
      throw misuse(place, `path "${path}" has the parameter ":${name}" twice`)
    }
    shape += name === undefined ? `/${segment}` : `/:${names.length}`
    route += name === undefined ? `/${segment}` : `/{${name}}`
    if (name !== undefined) names.push(name)
  }
  return { names, shape, route }
}

/** Segments of printable ASCII, none empty but the last, none `.` or `..`, no backslash, no `%`. */
const PLAIN = /^(?:(?:\/(?!\.{1,2}(?:\/|$))[!$&-.0-;=@-[\]^-~]+)+\/?|\/)$/
/** An octet that must be written encoded: neither unreserved (RFC 3986) nor `/`, `\` or a control. */
const ENCODED = /%(?:2[0-9A-C]|3[A-F]|40|5[BDE]|60|7[B-D]|[89A-F][0-9A-F])/gi

/**
 * Refuses a path that could be read in two ways, before anything looks at it: empty, `.` and `..`
 * segments, backslashes, control characters, bytes that are not ASCII, malformed encoding, and the
 * encoded forms of `/`, `\`, controls and of characters that need no encoding. Throws `invalid_path`
 * (400). Returns whether the path holds encoded characters.
 */
export function checkPath(path: string): boolean {
  if (PLAIN.test(path)) return false
  const encoded = path.includes('%')
  if (!encoded || !PLAIN.test(path.replace(ENCODED, '-'))) throw invalidPath()
  // Octets that are no UTF-8 are refused for all who look, the overlong forms of "/" among them.
  decodeSegment(path)
  return true
}

/** Decodes what `checkPath` let through, such as one segment: once, as UTF-8. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw invalidPath()
  }
}

function invalidPath(): PlinthError {
  return new PlinthError('invalid_path', 'The path is not written in its one canonical form.', {
    status: 400,
  })
}
