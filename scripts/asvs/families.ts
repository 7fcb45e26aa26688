/** The kinds of vulnerabilities that systems like this one had, which tests generate attacks of. */

export interface Family {
  /** As in a tag of a test: `[family 14]`. */
  readonly id: number
  readonly gist: string
}

const gists: readonly string[] = [
  'The token chose its verifier by its own `alg`, or a default did.',
  '`exp` or `nbf` of 0, or of no number, was not checked.',
  'A missing or odd Content-Type passed the protection against CSRF.',
  'Content-Length was believed beside Transfer-Encoding; the limit fell after the handler began.',
  'Addresses and blocks were read loosely, in `::ffff:` forms, from a header that anyone can set.',
  'Paths went round by encoding, `//` and `%5C`.',
  'Names and values of cookies, fields of events, were written unchecked.',
  '`__proto__` came through keys of forms and JSON.',
  'A user named in the body was taken for the one signed in.',
  '`//path` passed the rate limit and what was switched off.',
  'A session was there before the second factor, or some ways in did not ask for it.',
  'A social account was linked to a row that an attacker had registered first.',
  'A code, a link, a token was redeemed twice at once.',
  'A URL given by a user was fetched, inside the network (SSRF).',
  'Sessions outlived reset, logout, suspension or deletion.',
  'Mail addresses were checked before they were normalised; two stood in one field.',
  'State, PKCE and nonce were not bound to the provider.',
  'X-Forwarded-Host stood in a link that was mailed.',
  'Protected fields were found out by sorting, paths, live feeds, `/me`.',
  'Private fields were an oracle for filters; unknown keys of a query passed.',
  'SQL was injected by the name of a field or the key of a list.',
  'The key of a rate limit was the attacker’s to choose; an object passed for a code.',
  'Compressed, deeply nested or costly input burnt processor or memory.',
]

export const families: readonly Family[] = gists.map((gist, at) => ({ id: at + 1, gist }))
