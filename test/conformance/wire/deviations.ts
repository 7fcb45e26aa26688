/** Where a runtime cannot do what the others do: told here, and in the matrix, or else a failure. */

import type { Expected, WireCase } from './case.ts'

/** Cases that a runtime answers in its own way, which is held as well. */
interface Deviation {
  readonly runtime: string
  /** Of topic and title. */
  readonly cases: RegExp
  readonly expect: Expected
  readonly why: string
}

/** Cases that cannot be asked of a runtime. */
interface LeftOut {
  readonly runtime: string
  readonly cases: (each: WireCase) => boolean
  readonly what: string
  readonly why: string
}

const resolved =
  'resolves dot segments before any program sees the path: there is one spelling left'
const nobody: Expected = { status: 401, code: 'unauthenticated' }
const page: Expected = { status: 200, text: 'page /static/a.txt', foreign: true }
const DOTS = '(?:a dot segment|a segment of two dots|dots out of the root)'
/** What a browser reads as dots and slashes too. */
const ODD_DOTS = '(?:an encoded dot segment|encoded dots|half encoded dots|a backslash)'
const ALL_DOTS = `(?:${DOTS}|${ODD_DOTS})`

export const deviations: readonly Deviation[] = [
  { runtime: 'Bun', cases: RegExp(`refuses ${ALL_DOTS}.* past`), expect: nobody, why: resolved },
  {
    runtime: 'Bun',
    cases: RegExp(`refuses ${ALL_DOTS}.* to a static`),
    expect: page,
    why: resolved,
  },
  {
    runtime: 'Bun',
    cases:
      /^Paths: refuses (?:the absolute form of another host|an absolute form with credentials)$/,
    expect: { status: 200 },
    why: 'shows of an absolute target the path alone: the header Host counts',
  },
  {
    runtime: 'Bun',
    cases: /: reads past trailers$/,
    expect: { refused: true },
    why: 'refuses trailers',
  },
  {
    runtime: 'Bun',
    cases: /: answers what comes behind a body/,
    expect: { refused: true },
    why: 'ends a connection on which a request is sent ahead while another is being answered',
  },
  { runtime: 'workerd', cases: RegExp(`refuses ${DOTS}.* past`), expect: nobody, why: resolved },
  {
    runtime: 'workerd',
    cases: RegExp(`refuses ${DOTS}.* to a static`),
    expect: page,
    why: resolved,
  },
  {
    runtime: 'workerd',
    cases: /: takes the absolute form of its own host$/,
    expect: { refused: true },
    why: 'takes no absolute target',
  },
  {
    runtime: 'workerd',
    cases: / believes (?:an address|a host|a scheme) from nobody/,
    expect: { status: 200, json: { address: null, origin: 'http://127.0.0.1:{port}' } },
    why: 'knows no peer: the address is what Cloudflare writes into CF-Connecting-IP',
  },
  {
    runtime: 'workerd',
    cases: / believes all of them from nobody/,
    expect: { status: 200, json: { address: '203.0.113.7', origin: 'http://127.0.0.1:{port}' } },
    why: 'knows no peer: the address is what Cloudflare writes into CF-Connecting-IP',
  },
  {
    runtime: 'workerd',
    cases: /: trims a header$/,
    expect: { status: 200, json: { tenant: /^acme\s*$/ } },
    why: 'leaves the blanks behind a value, which Cloudflare takes away',
  },
  {
    runtime: 'workerd',
    cases: / sends no event whose/,
    expect: { status: 200, text: '' },
    why: 'ends a stream that breaks as if it was whole; a download, whose length is known, breaks',
  },
]

export const leftOut: readonly LeftOut[] = [
  {
    runtime: 'workerd',
    cases: ({ rows }) => rows,
    what: 'operations with a database',
    why: 'there is no driver for its databases',
  },
  {
    runtime: 'workerd',
    cases: ({ to }) => to === 'proxied',
    what: 'requests behind trusted proxies',
    why: 'Cloudflare is the one proxy there is',
  },
  {
    runtime: 'workerd',
    cases: ({ topic, title, steps: [first] }) =>
      topic === 'Framing and hosts' &&
      (first?.send.raw !== undefined || /the extension of a chunk|trailers$/.test(title)),
    what: 'messages that are malformed, trailers, extensions of chunks',
    why: 'Cloudflare reads messages before a Worker does, and its own parser is not the one of workerd',
  },
]

/** The deviation of a runtime that holds for a case. */
export function deviationOf(runtime: string, { topic, title }: WireCase): Deviation | undefined {
  return deviations.find(
    (each) => each.runtime === runtime && each.cases.test(`${topic}: ${title}`),
  )
}
