/** What answers look like: streams, files, validators, caching, compression, negotiation, failures. */

import { STATUS_CODES } from 'node:http'
import { type Expected, json, topic } from '../case.ts'

const bodies = topic('Answers and streams')
export const answerCases = bodies.cases
const { one } = bodies

one('answers JSON', 'GET /answers/json', {
  status: 200,
  text: '{"text":"ä\u2028\\"\\\\"}',
  headers: { 'content-type': 'application/json' },
})
one('[ASVS 4.1.1] answers text with its charset', 'GET /answers/text', {
  status: 200,
  text: 'hällo',
  headers: { 'content-type': 'text/plain; charset=utf-8' },
})
one('[ASVS 3.4.3] answers a page with a policy of its own', 'GET /answers/page', {
  status: 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': /^default-src 'self'.*object-src 'none'/,
  },
})
one('answers a stream', 'GET /answers/stream', {
  status: 200,
  text: 'a,b\n1,2\n',
  headers: { 'content-type': 'text/csv; charset=utf-8' },
})
one('answers nothing', 'GET /answers/empty', {
  status: 204,
  text: '',
  headers: { 'content-type': false, 'content-length': false },
})
one('answers a redirect', 'POST /answers/elsewhere', {
  status: 303,
  headers: { location: '/answers/json' },
})
one('writes a line for each cookie', 'GET /answers/cookies', {
  status: 204,
  headers: {
    'set-cookie':
      '__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax, b=2; Path=/; Secure; HttpOnly; SameSite=Lax',
  },
})
one('answers lines of JSON', 'GET /answers/lines', {
  status: 200,
  text: '{"n":0}\n{"n":1}\n{"n":2}\n',
  headers: { 'content-type': 'application/x-ndjson' },
})
one('answers events', 'GET /answers/events', {
  status: 200,
  text: /^(?:id: \d\nevent: tick\ndata: \{"n":\d\}\n\n){3}$/,
  headers: {
    'content-type': /^text\/event-stream/,
    'x-accel-buffering': 'no',
    'cache-control': /no-store|no-cache/,
  },
})
one(
  'goes on with events behind the last',
  { line: 'GET /answers/events', headers: { 'last-event-id': '2' } },
  { status: 200, text: 'id: 3\nevent: tick\ndata: {"n":3}\n\n' },
)
one(
  'ends events with 204',
  { line: 'GET /answers/events', headers: { 'last-event-id': '3' } },
  { status: 204 },
)
one(
  'refuses a last event that is none',
  { line: 'GET /answers/events', headers: { 'last-event-id': 'x' } },
  { status: 422 },
)
for (const [name, value] of Object.entries({
  'a line feed': 'a%0Adata:%20b',
  'a carriage return': 'a%0Ddata:%20b',
  both: 'a%0D%0A%0D%0Adata:%20b',
})) {
  one(
    `[ASVS 1.2.1] keeps ${name} within the data of an event`,
    `GET /answers/told?field=data&value=${value}`,
    { status: 200, text: /^data: "a(?:\\[nr])+data: b"\n\n$/ },
  )
  for (const field of ['id', 'event']) {
    one(
      `[ASVS 1.2.1] [family 7] sends no event whose ${field} holds ${name}`,
      `GET /answers/told?field=${field}&value=${value}`,
      { broken: true },
    )
  }
}
one('sends an event with an id that is harmless', 'GET /answers/told?field=id&value=a%20b', {
  status: 200,
  text: 'id: a b\ndata: "a b"\n\n',
})

const cookie = (body: object): ReturnType<typeof json> => json('POST /answers/cookie', body)
for (const [name, body] of Object.entries({
  'a value with a semicolon': { name: 'a', value: 'b; Domain=evil.example' },
  'a value with a line break': { name: 'a', value: 'b\r\nSet-Cookie: c=d' },
  'a value with a line feed': { name: 'a', value: 'b\nc' },
  'a value with a comma': { name: 'a', value: 'b,c=d' },
  'a value with a space': { name: 'a', value: 'b c' },
  'a value with a quote': { name: 'a', value: '"' },
  'a value beyond ASCII': { name: 'a', value: 'ü' },
  'a value that is too long': { name: 'a', value: 'x'.repeat(5_000) },
  'an empty name': { name: '', value: 'b' },
  'a name with an equals sign': { name: 'a=b', value: 'c' },
  'a name with a semicolon': { name: 'a;b', value: 'c' },
  'a name with a line break': { name: 'a\r\nb', value: 'c' },
  'a name with a space': { name: 'a b', value: 'c' },
  'a __Host- name for a domain': { name: '__Host-a', value: 'b', domain: 'a.example' },
  'a __Host- name for a path': { name: '__host-a', value: 'b', path: '/x' },
  'a path with a semicolon': { name: 'a', value: 'b', path: '/; Domain=evil.example' },
  'a domain with a semicolon': { name: 'a', value: 'b', domain: 'a.example; HttpOnly' },
  'a domain with a line break': { name: 'a', value: 'b', domain: 'a.example\r\nX: y' },
})) {
  one(`[ASVS 3.3.1] [family 7] writes no cookie with ${name}`, cookie(body), {
    status: 500,
    code: 'internal_error',
    headers: { 'set-cookie': false },
  })
}
one('[ASVS 3.3.4] writes a cookie that scripts cannot read', cookie({ name: 'a', value: 'b' }), {
  status: 204,
  headers: { 'set-cookie': 'a=b; Path=/; Secure; HttpOnly; SameSite=Lax' },
})
for (const [name, body] of Object.entries({
  'a line break in its value': { name: 'x-a', value: 'b\r\nx-c: d' },
  'a line feed in its value': { name: 'x-a', value: 'b\nx-c: d' },
  'NUL in its value': { name: 'x-a', value: 'b\u007f' },
  'letters beyond Latin in its value': { name: 'x-a', value: '🎈' },
  'a line break in its name': { name: 'x-a\r\nx-c', value: 'b' },
  'a colon in its name': { name: 'x-a: b', value: 'c' },
  'a length of its own': { name: 'Content-Length', value: '1' },
  'a coding of its own': { name: 'Transfer-Encoding', value: 'chunked' },
  'a connection of its own': { name: 'connection', value: 'upgrade' },
})) {
  one(`[ASVS 1.2.1] [family 7] sends no header with ${name}`, json('POST /answers/header', body), {
    status: 500,
    headers: { 'x-a': false, 'x-c': false },
  })
}
one('sends a header of its own', json('POST /answers/header', { name: 'X-A', value: 'b' }), {
  status: 204,
  headers: { 'x-a': 'b' },
})
for (const path of ['/answers/json', '/answers/empty', '/guarded/mine', '/echo/1?a=1']) {
  one(`[ASVS 3.4.4] sends the security headers with ${path}`, `GET ${path}`, {
    headers: {
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'content-security-policy': true,
      'cache-control': 'no-store',
    },
  })
}
one(
  'goes on with the trace of the caller',
  {
    line: 'GET /answers/json',
    headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  },
  {
    status: 200,
    headers: {
      traceparent: /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/,
    },
  },
)
for (const given of [
  '00-0-0-01',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
  'x',
]) {
  one(
    `begins a trace of its own for ${given.slice(0, 20)}`,
    { line: 'GET /answers/json', headers: { traceparent: given } },
    {
      status: 200,
      headers: {
        traceparent:
          /^00-(?!0af7651916cd43dd8448eb211c80319c|0{32})[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/,
      },
    },
  )
}

// Files and ranges.
const files = topic('Files and ranges')
export const fileCases = files.cases
const ranged = (range: string, headers: Record<string, string> = {}) => ({
  line: 'GET /answers/file',
  headers: { range, ...headers },
})
files.one('[ASVS 5.4.1] answers a file by its name', 'GET /answers/file', {
  status: 200,
  text: '0123456789abcdefghij',
  headers: {
    'content-disposition': /^attachment; filename="?digits\.txt/,
    'accept-ranges': 'bytes',
    'content-length': '20',
    etag: '"v1"',
    'last-modified': 'Sat, 31 Jan 2026 10:00:00 GMT',
  },
})
for (const [range, text, told] of [
  ['bytes=0-0', '0', 'bytes 0-0/20'],
  ['bytes=0-4', '01234', 'bytes 0-4/20'],
  ['bytes=15-', 'fghij', 'bytes 15-19/20'],
  ['bytes=-3', 'hij', 'bytes 17-19/20'],
  ['bytes=-100', '0123456789abcdefghij', 'bytes 0-19/20'],
  ['bytes=18-100', 'ij', 'bytes 18-19/20'],
  ['BYTES=1-2', '12', 'bytes 1-2/20'],
  ['bytes=19-19', 'j', 'bytes 19-19/20'],
] as const) {
  files.one(`answers the range ${range}`, ranged(range), {
    status: 206,
    text,
    headers: { 'content-range': told, 'content-length': String(text.length) },
  })
}
for (const range of ['bytes=20-', 'bytes=20-30', 'bytes=-0', 'bytes=999999999999999-']) {
  files.one(`refuses the range ${range}`, ranged(range), {
    status: 416,
    code: 'range_not_satisfiable',
    headers: { 'content-range': 'bytes */20' },
  })
}
for (const range of [
  'bytes=4-1',
  'bytes=a-b',
  'items=0-1',
  'bytes=',
  'bytes',
  'bytes=-',
  'bytes=0-1,3-4',
  'bytes=0-,0-,0-,0-',
  'bytes=1',
  'bytes=0--1',
  'bytes=0x0-0x1',
  'bytes=9999999999999999999-',
]) {
  files.one(`answers the whole file for ${range}`, ranged(range), {
    status: 200,
    headers: { 'content-range': false, 'content-length': '20' },
  })
}
for (const [name, value, status] of [
  ['the same tag', '"v1"', 206],
  ['another tag', '"v2"', 200],
  ['a weak tag', 'W/"v1"', 200],
  ['the same date', 'Sat, 31 Jan 2026 10:00:00 GMT', 206],
  ['another date', 'Sat, 31 Jan 2026 10:00:01 GMT', 200],
  ['no date', 'yesterday', 200],
] as const) {
  files.one(
    `answers a range if the file has ${name} with ${status}`,
    ranged('bytes=0-1', { 'if-range': value }),
    { status },
  )
}
files.one(
  'answers HEAD with no range',
  { line: 'HEAD /answers/file', headers: { range: 'bytes=0-1' } },
  { status: 200, headers: { 'content-length': '20', 'content-range': false } },
)
files.one('prefers 304 to a range', ranged('bytes=0-1', { 'if-none-match': '"v1"' }), {
  status: 304,
})
for (const [name, asked] of Object.entries({
  'a path': '../../etc/passwd',
  'a quote': 'a%22b.txt',
  'a line break': 'a%0D%0Ax-a:b.txt',
  'letters beyond Latin': 'na%C3%AFve%F0%9F%8E%88.txt',
  'a semicolon': 'a;b.txt',
  'only dots': '..',
  'a backslash': 'a%5Cb.txt',
})) {
  files.one(`[ASVS 5.4.2] names a file harmlessly for ${name}`, `GET /answers/file?name=${asked}`, {
    status: 200,
    headers: {
      'content-disposition':
        /^attachment(?:; filename="(?:[^"\\/\r\n]|\\")*")?(?:; filename=[\w.-]+)?(?:; filename\*=UTF-8''[\w.!#$&+^`|~%-]+)?$/,
      'x-a': false,
    },
  })
}

// Validators.
const conditional = topic('Conditions')
export const conditionalCases = conditional.cases
for (const [header, value, status] of [
  ['if-none-match', '"v1"', 304],
  ['if-none-match', 'W/"v1"', 304],
  ['if-none-match', '*', 304],
  ['if-none-match', '"a", "v1"', 304],
  ['if-none-match', '"a","b"', 200],
  ['if-none-match', '"v1', 200],
  ['if-none-match', 'v1', 200],
  ['if-none-match', '""', 200],
  ['if-match', '"v1"', 200],
  ['if-match', '*', 200],
  ['if-match', '"v2"', 412],
  ['if-match', 'W/"v1"', 412],
  ['if-match', '"a", "v1"', 200],
] as const) {
  for (const method of ['GET', 'HEAD']) {
    conditional.one(
      `answers ${method} with ${header}: ${value} with ${status}`,
      { line: `${method} /answers/tagged`, headers: { [header]: value } },
      {
        status,
        headers: status === 412 ? {} : { etag: /"v1"/ },
        ...(status === 412 && method === 'GET' && { code: 'precondition_failed' }),
      },
    )
  }
}
for (const [header, value, status] of [
  ['if-modified-since', 'Sat, 31 Jan 2026 10:00:00 GMT', 304],
  ['if-modified-since', 'Sat, 31 Jan 2026 09:59:59 GMT', 200],
  ['if-modified-since', 'Sun, 01 Feb 2026 10:00:00 GMT', 304],
  ['if-modified-since', '2026-01-31', 200],
  ['if-modified-since', 'x', 200],
  ['if-unmodified-since', 'Sat, 31 Jan 2026 10:00:00 GMT', 200],
  ['if-unmodified-since', 'Sat, 31 Jan 2026 09:59:59 GMT', 412],
  ['if-unmodified-since', 'x', 200],
] as const) {
  conditional.one(
    `answers ${header}: ${value} with ${status}`,
    { line: 'GET /answers/modified', headers: { [header]: value } },
    { status },
  )
}
conditional.one(
  'prefers the tag to the date',
  {
    line: 'GET /answers/file',
    headers: { 'if-none-match': '"x"', 'if-modified-since': 'Sun, 01 Feb 2026 10:00:00 GMT' },
  },
  { status: 200 },
)
conditional.one(
  'sends no body and no type with 304',
  { line: 'GET /answers/tagged', headers: { 'if-none-match': '"v1"' } },
  {
    status: 304,
    text: '',
    headers: { 'content-type': false, 'cache-control': 'private, no-cache' },
  },
)
conditional.one('keeps a tagged answer for its caller alone', 'GET /answers/tagged', {
  status: 200,
  headers: { 'cache-control': 'private, no-cache', vary: /authorization, cookie/ },
})
conditional.one('[ASVS 14.3.2] keeps nothing by default', 'GET /answers/json', {
  status: 200,
  headers: { 'cache-control': 'no-store' },
})
conditional.one('keeps what is declared, for its caller', 'GET /answers/kept', {
  status: 200,
  headers: {
    'cache-control': 'private, max-age=60, stale-while-revalidate=30',
    vary: /authorization, cookie/,
  },
})
conditional.one('shares what is declared public', 'GET /answers/shared', {
  status: 200,
  headers: { 'cache-control': 'public, max-age=3600, immutable' },
})
conditional.one(
  '[ASVS 14.2.2] shares nothing of who is signed in',
  { line: 'GET /answers/shared', headers: { authorization: 'Bearer ada' } },
  { status: 200, headers: { 'cache-control': /^private/ } },
)
conditional.one('[ASVS 14.2.2] shares no refusal', 'GET /answers/shared?a=1', {
  status: 422,
  headers: { 'cache-control': 'no-store' },
})

// Compression.
const compression = topic('Compression')
export const compressionCases = compression.cases
const coded = (value: string, path = '/answers/long', headers: Record<string, string> = {}) => ({
  line: `GET ${path}`,
  headers: { 'accept-encoding': value, ...headers },
})
const gzip: Expected = {
  status: 200,
  json: { text: /^naïve 🎈 / },
  headers: { 'content-encoding': 'gzip', vary: /accept-encoding/, etag: 'W/"long"' },
}
const plain: Expected = {
  status: 200,
  json: { text: /^naïve 🎈 / },
  headers: { 'content-encoding': false },
}
for (const value of [
  'gzip',
  'GZIP',
  'gzip, deflate, br',
  'br;q=1, gzip;q=0.5',
  '*',
  'x-gzip',
  'gzip;q=0.001',
  'identity;q=0, gzip',
  'identity;q=0.5, gzip;q=0.5',
  'gzip ; q=1',
  '*;q=0, gzip',
]) {
  compression.one(`compresses for Accept-Encoding: ${value}`, coded(value), gzip)
}
for (const value of [
  'identity',
  'gzip;q=0',
  'br',
  'deflate',
  '',
  '*;q=0',
  'gzip;q=0, *',
  'gzip;q=0.0',
  'identity, gzip;q=0.5',
  'gzipx',
  'gzip;q=x',
  'gzip;q=2',
]) {
  compression.one(
    `does not compress for Accept-Encoding: ${JSON.stringify(value)}`,
    coded(value),
    plain,
  )
}
compression.one('does not compress for who asks for nothing', 'GET /answers/long', {
  ...plain,
  headers: { 'content-encoding': false, etag: '"long"', vary: /accept-encoding/ },
})
compression.one('does not compress what is short', coded('gzip', '/answers/json'), {
  status: 200,
  headers: { 'content-encoding': false },
})
compression.one(
  'does not compress where it is switched off',
  coded('gzip', '/answers/plain'),
  plain,
)
compression.one(
  'does not compress an answer with a cookie',
  coded('gzip', '/answers/secret'),
  plain,
)
compression.one(
  'does not compress for another site with a cookie',
  coded('gzip', '/answers/long', { cookie: 'a=b', 'sec-fetch-site': 'cross-site' }),
  plain,
)
compression.one(
  'does not compress for a cookie from nowhere',
  coded('gzip', '/answers/long', { cookie: 'a=b' }),
  plain,
)
compression.one(
  'compresses for its own pages with a cookie',
  coded('gzip', '/answers/long', { cookie: 'a=b', 'sec-fetch-site': 'same-origin' }),
  gzip,
)
compression.one(
  'compresses nothing for HEAD but says so',
  { line: 'HEAD /answers/long', headers: { 'accept-encoding': 'gzip' } },
  { status: 200, headers: { 'content-encoding': 'gzip', etag: 'W/"long"' } },
)
compression.one(
  'knows a compressed answer again',
  coded('gzip', '/answers/long', { 'if-none-match': 'W/"long"' }),
  { status: 304, headers: { etag: 'W/"long"' } },
)
compression.one('compresses no file', coded('gzip', '/answers/file'), {
  status: 200,
  headers: { 'content-encoding': false, 'content-length': '20' },
})
compression.one('compresses no events', coded('gzip', '/answers/events'), {
  status: 200,
  headers: { 'content-encoding': false },
})
compression.one('compresses no lines unless it is asked to', coded('gzip', '/answers/lines'), {
  status: 200,
  headers: { 'content-encoding': false },
})
compression.one(
  '[ASVS 15.2.2] reads no more of a long list than it should',
  coded(`${'x,'.repeat(2_000)}gzip`),
  plain,
)

// Negotiation.
const negotiation = topic('Negotiation')
export const negotiationCases = negotiation.cases
const accepts: Readonly<Record<string, readonly (readonly [string, boolean])[]>> = {
  '/answers/json': [
    ['application/json', true],
    ['*/*', true],
    ['application/*', true],
    ['text/html, */*;q=0.1', true],
    ['APPLICATION/JSON', true],
    ['application/json;q=0.001', true],
    ['', true],
    ['text/html', false],
    ['text/*', false],
    ['application/json;q=0', false],
    ['*/*;q=0', false],
    ['application/*;q=0, */*', false],
    ['application/xml', false],
    ['application/jsonx', false],
    ['application/json; charset=utf-8', true],
    ['garbage', false],
  ],
  '/answers/text': [
    ['text/plain', true],
    ['text/*', true],
    ['application/json', false],
    ['text/plain;q=0, text/*', false],
  ],
  '/answers/page': [
    ['text/html', true],
    ['application/xhtml+xml, text/html;q=0.9', true],
    ['application/json', false],
  ],
  '/answers/events': [
    ['text/event-stream', true],
    ['application/json', false],
  ],
  '/answers/lines': [
    ['application/x-ndjson', true],
    ['application/json', false],
  ],
  '/answers/file': [
    ['text/plain', true],
    ['image/*', false],
  ],
  '/answers/empty': [
    ['text/html', true],
    ['application/json;q=0', true],
  ],
}
for (const [path, list] of Object.entries(accepts)) {
  for (const [accept, taken] of list) {
    negotiation.one(
      `${taken ? 'answers' : 'refuses'} Accept: ${accept || '(empty)'} at ${path}`,
      { line: `GET ${path}`, headers: { accept } },
      taken
        ? { status: path === '/answers/empty' ? 204 : 200 }
        : { status: 406, code: 'not_acceptable' },
    )
  }
}
negotiation.one(
  'does nothing that it could not answer',
  {
    ...json('POST /json', '{'),
    headers: { 'content-type': 'application/json', accept: 'text/html' },
  },
  { status: 406 },
)
negotiation.one(
  'sends problems whatever is accepted',
  { line: 'GET /guarded/mine', headers: { accept: 'text/html' } },
  { status: 401 },
)

// Problems.
const problems = topic('Problems')
export const problemCases = problems.cases
/** By Node's list of them, which has the older names of two. */
const NEWER: Readonly<Record<number, string>> = {
  413: 'Content Too Large',
  422: 'Unprocessable Content',
}
// biome-ignore format: a list of numbers
const failures = [
  400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414,
  415, 416, 417, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 503,
]
const titles = failures.map((status) => [status, NEWER[status] ?? STATUS_CODES[status]] as const)
for (const [status, title] of titles) {
  problems.one(`writes a problem document of ${status}`, `GET /answers/problem/${status}`, {
    status,
    json: {
      type: 'about:blank',
      title,
      status,
      detail: 'In words for people.',
      code: 'refused',
      left: 3,
    },
    headers: { 'cache-control': 'no-store' },
  })
}
for (const status of [500, 501, 502, 504, 200, 399, 600, 999]) {
  problems.one(
    `[ASVS 16.5.1] tells nothing of a failure of ${status}`,
    `GET /answers/problem/${status}`,
    { status: 500, code: 'internal_error', lacks: 'In words' },
  )
}
problems.one('[ASVS 16.5.1] tells nothing of an error', 'GET /answers/broken', {
  status: 500,
  code: 'internal_error',
  lacks: 'secret',
})
problems.one('gives up after its time', 'GET /answers/slow', { status: 503, code: 'timeout' })
problems.one('answers an unknown page by the fallback', 'GET /nowhere', {
  status: 404,
  foreign: true,
})
for (const line of [
  'GET /answers/broken',
  'GET /guarded/mine',
  'GET /echo/1?a=1',
  'POST /echo/1',
  'GET /%',
]) {
  problems.one(`[ASVS 13.4.6] tells no version with ${line}`, line, { lacks: 'plinth' })
}
