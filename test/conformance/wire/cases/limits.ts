/** How often, how much and how deep (families 10, 22 and 23). */

import { type Expected, json, type Sent, topic } from '../case.ts'

const { cases, one, steps } = topic('Rate limits')
const proxied = topic('Rate limits', { to: 'proxied' })

const post = (path: string, headers: Sent['headers'] = {}): Sent => ({
  line: `POST /limited/${path}`,
  headers,
})
const bearer = { authorization: 'Bearer {actor}' }
const limited: Expected = {
  status: 429,
  code: 'rate_limited',
  headers: { 'retry-after': /^[1-9]\d*$/, ratelimit: /r=0/, 'cache-control': 'no-store' },
}
const let_in: Expected = { status: 200 }

for (const path of ['actor', 'sliding']) {
  steps(
    `[ASVS 2.4.1] lets in as many as the limit of ${path}`,
    [
      post(path, bearer),
      { status: 200, headers: { ratelimit: /;r=1;/, 'ratelimit-policy': /;q=2;w=3600/ } },
    ],
    [post(path, bearer), { status: 200, headers: { ratelimit: /;r=0;/ } }],
    [post(path, bearer), limited],
    [post(path, { authorization: 'Bearer {other}' }), let_in],
  )
}
steps(
  'takes what a request costs',
  [post('cost', bearer), { status: 200, headers: { ratelimit: /"costly";r=4/ } }],
  [post('cost', bearer), { status: 429, headers: { ratelimit: /r=4/ } }],
)
steps(
  '[ASVS 2.4.1] counts before it reads the body',
  [
    { ...post('body', { ...bearer, 'content-type': 'application/json' }), body: '{' },
    { status: 400 },
  ],
  [
    { ...post('body', { ...bearer, 'content-type': 'application/json' }), body: '{' },
    { status: 429 },
  ],
)
steps(
  '[ASVS 2.4.1] counts no caller by another name of theirs',
  [post('actor', bearer), let_in],
  [post('actor', { cookie: 'session={actor}', 'sec-fetch-site': 'same-origin' }), let_in],
  [post('actor', bearer), limited],
)
one('asks who is calling before it counts them', post('actor'), { status: 401 })

/** Behind a proxy each case comes from an address of its own. */
let last = 0
const from = (): string => `198.51.100.${++last}`
const address = (given: string, headers: Sent['headers'] = {}) =>
  post('address', { 'x-forwarded-for': given, ...headers })
const v4 = from()
proxied.steps(
  '[ASVS 2.4.1] counts by the address of the client',
  [address(v4), let_in],
  [address(v4), let_in],
  [address(v4), limited],
  [address(from()), let_in],
)
const mapped = from()
proxied.steps(
  '[ASVS 2.4.1] [family 5] counts all spellings of an address as one',
  [address(mapped), let_in],
  [address(`::ffff:${mapped}`), let_in],
  [address(`${mapped}:4711`), limited],
)
proxied.steps(
  '[ASVS 2.4.1] counts the addresses of one customer as one',
  [address('2001:db8:1:1::1'), let_in],
  [address('2001:db8:1:1:ffff::2'), let_in],
  [address('2001:0DB8:1:1:a:b:c:d'), limited],
  [address('2001:db8:1:2::1'), let_in],
)
const spoofed = from()
proxied.steps(
  '[ASVS 4.1.3] is not fooled by addresses in front',
  [address(spoofed), let_in],
  [address(`1.1.1.1, ${spoofed}`), let_in],
  [address(`2.2.2.2, ${spoofed}`), limited],
)
const other = from()
proxied.steps(
  '[ASVS 2.4.1] [family 22] holds who chooses another key each time by the address',
  ...['a', 'b', 'c', 'd', 'e'].map(
    (key) => [post('key', { 'x-forwarded-for': other, 'x-api-key': key }), let_in] as const,
  ),
  [post('key', { 'x-forwarded-for': other, 'x-api-key': 'f' }), limited],
)
const keyed = from()
proxied.steps(
  '[ASVS 2.4.1] counts by the key',
  [post('key', { 'x-forwarded-for': keyed, 'x-api-key': 'mine' }), let_in],
  [post('key', { 'x-forwarded-for': keyed, 'x-api-key': 'mine' }), let_in],
  [post('key', { 'x-forwarded-for': keyed, 'x-api-key': 'mine' }), limited],
)
for (const key of [
  '__proto__',
  'constructor',
  'toString',
  '',
  'x'.repeat(5_000),
  '%00',
  '{"a":1}',
]) {
  const at = from()
  proxied.steps(
    `[ASVS 2.4.1] [family 22] counts the key ${JSON.stringify(key.slice(0, 20))} as any other`,
    [post('key', { 'x-forwarded-for': at, 'x-api-key': key }), let_in],
    [post('key', { 'x-forwarded-for': at, 'x-api-key': key }), let_in],
    [post('key', { 'x-forwarded-for': at, 'x-api-key': key }), { status: 429 }],
  )
}
one('answers one at a time', 'GET /limited/single', { status: 200 })

const rows = topic('Rate limits', { rows: true })
rows.steps(
  '[ASVS 2.4.1] counts in the database',
  [
    { line: 'POST /counted', headers: bearer },
    { status: 204, headers: { ratelimit: '"counted";r=1;t=1800' } },
  ],
  [{ line: 'POST /counted', headers: bearer }, { status: 204 }],
  [{ line: 'POST /counted', headers: bearer }, limited],
)
export const limits = [...cases, ...proxied.cases, ...rows.cases]

// What is small to send and much to read.
const load = topic('Hostile loads')
export const loads = load.cases
const send = (body: string | Uint8Array): Sent => ({ ...json('POST /json', ''), body })
for (const [name, [open, close]] of Object.entries({
  lists: ['[', ']'],
  objects: ['{"a":', '}'],
} as const)) {
  load.one(
    `[ASVS 1.5.2] reads ${name} of the depth allowed`,
    send(`{"title":"a","open":{"a":${open.repeat(17)}1${close.repeat(17)}}}`),
    { status: 201 },
  )
  load.one(
    `[ASVS 15.2.2] [family 23] refuses ${name} one level deeper`,
    send(`{"title":"a","open":{"a":${open.repeat(19)}1${close.repeat(19)}}}`),
    { status: 400, code: 'invalid_json' },
  )
  load.one(
    `[ASVS 15.2.2] [family 23] refuses ${name} of ten thousand levels`,
    send(open.repeat(10_000)),
    {
      status: 400,
      code: 'invalid_json',
    },
  )
  load.one(
    `[ASVS 15.2.2] [family 23] refuses ${name} of ten thousand levels that close`,
    send(open.repeat(10_000) + '1' + close.repeat(10_000)),
    { status: 400, code: 'invalid_json' },
  )
}
load.one(
  'counts no brackets within texts',
  send(`{"title":"a","open":{"a":"${'['.repeat(5_000)}"}}`),
  { status: 201 },
)
load.one(
  '[ASVS 15.2.2] [family 23] reads ten thousand keys',
  send(`{"title":"a","open":{${Array.from({ length: 10_000 }, (_, at) => `"k${at}":1`).join()}}}`),
  { status: 201 },
)
load.one(
  '[ASVS 15.2.2] [family 23] reads keys that are numbers',
  send(
    `{"title":"a","open":{${Array.from({ length: 5_000 }, (_, at) => `"${at * 4_294_967}":1`).join()}}}`,
  ),
  { status: 201 },
)
load.one(
  '[ASVS 15.2.2] [family 23] tells one issue of a large body of unknown keys',
  send(`{"title":"a",${Array.from({ length: 9_000 }, (_, at) => `"k${at}":1`).join()}}`),
  { status: 422, json: { issues: [{}] } },
)
load.one(
  '[ASVS 15.2.2] [family 23] reads a number of many digits',
  send(`{"title":"a","amount":${'9'.repeat(300)}}`),
  { status: 201 },
)
load.one(
  '[ASVS 15.2.2] [family 23] refuses a number of too many digits',
  send(`{"title":"a","amount":${'9'.repeat(50_000)}}`),
  { status: 422 },
)
load.one(
  '[ASVS 15.2.2] [family 23] reads a number of a long fraction',
  send(`{"title":"a","amount":0.${'1'.repeat(50_000)}}`),
  { status: 201 },
)
load.one(
  '[ASVS 15.2.2] [family 23] reads a text of escapes',
  send(`{"title":"a","open":{"a":"${'\\u0041'.repeat(20_000)}"}}`),
  { status: 201 },
)
load.one(
  '[ASVS 15.2.2] [family 23] refuses a text that ends in backslashes',
  send(`{"title":"a${'\\'.repeat(100_001)}"`),
  { status: 400 },
)
load.one(
  '[ASVS 15.2.2] [family 23] refuses white space beyond the limit',
  send(' '.repeat(200_001)),
  {
    status: 413,
  },
)
load.one(
  '[ASVS 15.2.2] [family 23] reads white space up to the limit',
  send(`{"title":"a"}${' '.repeat(199_000)}`),
  { status: 201 },
)
load.one(
  '[ASVS 15.2.2] [family 23] reads no bomb of gzip',
  {
    ...send(Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])),
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  },
  { status: 415 },
)
load.one(
  '[ASVS 15.2.2] [family 23] reads no bomb of two codings',
  {
    ...send('x'),
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip, gzip' },
  },
  { status: 415 },
)
for (const header of [
  'accept',
  'if-none-match',
  'cookie',
  'x-forwarded-for',
  'range',
  'traceparent',
]) {
  load.one(
    `[ASVS 1.3.12] reads a long ${header} in little time`,
    { line: 'GET /answers/tagged', headers: { [header]: `${', "'.repeat(3_000)}` } },
    header === 'accept' ? { status: 406 } : { status: 200 },
  )
}
for (const path of [
  '/json',
  '/form',
  '/text',
  '/bytes',
  '/upload',
  '/optional',
  '/reset',
  '/webhook',
]) {
  load.one(
    `[ASVS 15.2.2] [family 23] refuses a body of ${path} that is announced as endless`,
    {
      line: `POST ${path}`,
      headers: {
        'content-type':
          {
            '/form': 'application/x-www-form-urlencoded',
            '/text': 'text/plain',
            '/bytes': 'application/octet-stream',
            '/upload': 'multipart/form-data; boundary=b',
            '/webhook': 'text/plain',
          }[path] ?? 'application/json',
        'content-length': '100000000',
      },
      body: 'x',
    },
    { status: 413, code: 'body_too_large' },
  )
}
load.one(
  '[ASVS 15.2.2] [family 23] reads a query of many keys',
  `GET /echo/1?${'tag=a&'.repeat(1_000)}`,
  {
    status: 200,
  },
)
