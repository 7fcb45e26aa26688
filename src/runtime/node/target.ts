/** A request-target, taken apart (RFC 9112 section 3.2). */
export interface Target {
  /** As sent, beginning with `/`. */
  readonly path: string
  /** As sent, without the `?`. */
  readonly query: string
  /** Named only by the absolute form that is sent to proxies. */
  readonly authority: string | undefined
}

const ABSOLUTE = /^https?:\/\/([^/?]+)(.*)$/i

/** Parses the origin form and the absolute form. Undefined is anything else. */
export function parseTarget(url: string): Target | undefined {
  // A fragment is never sent (RFC 9110 section 4.2.5); readers of URLs would cut the path at it.
  if (url.includes('#')) return undefined
  if (url.startsWith('/')) return split(url, undefined)
  const [, authority, rest = ''] = ABSOLUTE.exec(url) ?? []
  if (authority === undefined) return undefined
  return split(rest.startsWith('/') ? rest : `/${rest}`, authority)
}

function split(url: string, authority: string | undefined): Target {
  const at = url.indexOf('?')
  if (at === -1) return { path: url, query: '', authority }
  return { path: url.slice(0, at), query: url.slice(at + 1), authority }
}
