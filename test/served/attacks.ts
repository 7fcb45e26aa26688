/** A request that means harm: a path and what `fetch` would be given. */
export interface Attack {
  readonly path: string
  readonly init: RequestInit
}

/** Makes an attack of about so many bytes. */
export type Attacker = (bytes: number) => Attack

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const MULTIPART_TYPE = 'multipart/form-data; boundary=b'
const NOTE = '/notes/0190a000-0000-7000-8000-000000000000'
const LONG_BOUNDARY = 'a'.repeat(70)

/** The text as often as it fits. */
function fill(text: string, bytes: number): string {
  return text.repeat(Math.max(1, Math.floor(bytes / text.length)))
}

/** Different texts, parted by commas, as many as fit. */
function different(make: (number: number) => string, bytes: number): string {
  const texts: string[] = []
  for (let length = 0, number = 0; length < bytes; number++) {
    const text = make(number)
    length += text.length + 1
    texts.push(text)
  }
  return texts.join()
}

function post(path: string, type: string, body: BodyInit, headers = {}): Attack {
  return { path, init: { method: 'POST', headers: { 'content-type': type, ...headers }, body } }
}

function postJson(body: BodyInit): Attack {
  return post('/json', JSON_TYPE, body)
}

/** JSON of a list in a place where anything may stand. */
function listed(items: string): Attack {
  return postJson(`{"members":{"a":[${items}0]}}`)
}

function get(path: string, headers: Record<string, string> = {}): Attack {
  return { path, init: { headers } }
}

function part(name: string, value: string): string {
  return `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
}

function upload(body: string): Attack {
  return post('/upload', MULTIPART_TYPE, `${body}--b--`)
}

/** What comes in bodies, by what it does, with the status that it is answered. */
export const bodies: Readonly<Record<string, readonly [status: number, attack: Attacker]>> = {
  'lists in lists': [400, (n) => postJson('['.repeat(n))],
  'lists in lists that are closed': [400, (n) => postJson('['.repeat(n / 2) + ']'.repeat(n / 2))],
  'ten thousand levels': [400, () => listed('['.repeat(10_000) + ']'.repeat(10_000))],
  'objects in objects': [400, (n) => postJson(fill('{"a":', n))],
  'empty lists': [200, (n) => listed(fill('[],', n))],
  'empty lists that never end': [400, (n) => postJson(`[${fill('[],', n)}`)],
  'a long number': [422, (n) => listed(`${'9'.repeat(n)},`)],
  'a long exponent': [422, (n) => listed(`1e${'9'.repeat(n)},`)],
  'a long fraction': [200, (n) => listed(`0.${'1'.repeat(n)}e-9,`)],
  'a long number that is none': [400, (n) => postJson(`${'9'.repeat(n)}x`)],
  'numbers beyond all bounds': [200, (n) => postJson(`{"choice":[${fill('1e308,', n)}1]}`)],
  'unknown keys': [422, (n) => postJson(`{${different((at) => `"k${at}":1`, n)}}`)],
  'unknown keys in rows': [
    422,
    (n) => postJson(`{"rows":[${different((at) => `{"id":"","tags":[],"k${at}":1}`, n)}]}`),
  ],
  'keys of a record': [
    200,
    (n) => postJson(`{"members":{${different((at) => `"k${at}":1`, n - 30)}}}`),
  ],
  'keys that are numbers': [
    200,
    (n) => postJson(`{"members":{${different((at) => `"${(at * 7919) % 2 ** 32}":1`, n - 30)}}}`),
  ],
  'objects that are all different': [
    200,
    (n) => listed(`${different((at) => `{"k${at}":1}`, n - 40)},`),
  ],
  'rows that lack everything': [422, (n) => postJson(`{"rows":[${fill('{},', n)}{}]}`)],
  'rows that are none': [422, (n) => postJson(`{"rows":[${fill('1,', n)}1]}`)],
  'tags that are none': [422, (n) => postJson(`{"rows":[{"id":"","tags":[${fill('1,', n)}1]}]}`)],
  'a list of neither kind': [422, (n) => postJson(`{"choice":[${fill('"",', n)}""]}`)],
  'a list of nearly one kind': [
    422,
    (n) => postJson(`{"choice":[${fill('{"n":1},', n)}{"n":"x"}]}`),
  ],
  escapes: [200, (n) => listed(`"${fill('\\u0041', n - 40)}",`)],
  'escapes in members': [200, (n) => postJson(`{"members":{"\\u0061":[${fill('[],', n - 40)}1]}}`)],
  'texts with NUL': [422, (n) => listed(fill('"\\u0000",', n))],
  'halves of pairs': [422, (n) => listed(`"${fill('\\ud800', n)}",`)],
  prototypes: [422, (n) => listed(fill('{"__proto__":1},', n))],
  backslashes: [200, (n) => listed(`"${fill('\\\\', n - 40)}",`)],
  quotes: [200, (n) => listed(`"${fill('\\"', n - 40)}",`)],
  'a text that never ends': [400, (n) => postJson(`"${fill('\\"', n)}`)],
  'texts before a mistake': [400, (n) => postJson(`[${fill('"a",', n)}x]`)],
  'blanks before a mistake': [400, (n) => postJson(`${' '.repeat(n)}x`)],
  'bytes that are no text': [400, (n) => postJson(new Uint8Array(n).fill(0xff))],
  'a compressed body': [
    415,
    (n) => post('/json', JSON_TYPE, 'x'.repeat(n), { 'content-encoding': 'gzip' }),
  ],
  'fields of one name': [400, (n) => post('/form', FORM_TYPE, fill('a=1&', n))],
  'fields of many names': [
    400,
    (n) => post('/form', FORM_TYPE, different((at) => `k${at}=1`, n).replaceAll(',', '&')),
  ],
  'nothing but separators': [400, (n) => post('/form', FORM_TYPE, '&'.repeat(n))],
  'nothing but percent signs': [400, (n) => post('/form', FORM_TYPE, `name=${'%'.repeat(n)}`)],
  'a field of escapes': [200, (n) => post('/form', FORM_TYPE, `name=${fill('%f0%9f%98%80', n)}`)],
  'a field of spaces': [200, (n) => post('/form', FORM_TYPE, `name=${'+'.repeat(n - 9)}`)],
  'a name of brackets': [422, (n) => post('/form', FORM_TYPE, `name${fill('[a]', n)}=1`)],
  'parts of one name': [400, (n) => upload(fill(part('name', ''), n))],
  'parts of many names': [
    400,
    (n) => upload(different((at) => part(`k${at}`, ''), n).replaceAll(',', '')),
  ],
  'a part of line ends': [422, (n) => upload(part('name', fill('\r\n', n)))],
  'a part of near boundaries': [
    400,
    (n) =>
      post(
        '/upload',
        `multipart/form-data; boundary=${LONG_BOUNDARY}`,
        `--${LONG_BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\n${fill(`\r\n--${LONG_BOUNDARY.slice(1)}b`, n)}`,
      ),
  ],
  'a part of a long head': [
    400,
    (n) => upload(`--b\r\nContent-Disposition: form-data${fill('; a="', n)}`),
  ],
  'a body before its first part': [400, (n) => upload('x'.repeat(n))],
  'a text of NUL': [422, (n) => post('/text', 'text/plain', '\0'.repeat(n))],
  'a password that grows': [
    422,
    (n) => post('/auth/sign-up', JSON_TYPE, account('a@b.example', fill('\u0344', n / 2))),
  ],
  'an address of dots': [
    422,
    (n) => post('/auth/sign-up', JSON_TYPE, account(`${fill('a.', n - 200)}@b.example`)),
  ],
  'an address of domains': [
    422,
    (n) => post('/auth/sign-up', JSON_TYPE, account(`a@${fill('a.', n - 200)}`)),
  ],
  'an address that grows': [
    422,
    (n) => post('/auth/sign-up', JSON_TYPE, account(`a@${fill('\u0344', n / 3)}`)),
  ],
  'a number that no column holds': [
    422,
    (n) => post('/notes', JSON_TYPE, `{"title":"x","stars":${'9'.repeat(n - 40)}}`),
  ],
}

function account(email: string, password = 'a long enough password'): string {
  return JSON.stringify({ email, password })
}

/** What comes in request lines and headers. */
export const heads: Readonly<Record<string, readonly [status: number, attack: Attacker]>> = {
  'a long query': [200, (n) => get(`/search/x?q=${'a'.repeat(n)}`)],
  'a query of pairs': [200, (n) => get(`/search/x?${fill('tag=1&', n)}`)],
  'a query of names': [
    422,
    (n) => get(`/search/x?${different((at) => `k${at}=1`, n).replaceAll(',', '&')}`),
  ],
  'a query of escapes': [200, (n) => get(`/search/x?q=${fill('%41', n)}`)],
  'a long path': [404, (n) => get(`/${'a'.repeat(n)}`)],
  'a path of slashes': [404, (n) => get(`/${fill('a/', n)}`)],
  'a path of nothing else': [400, (n) => get('/'.repeat(n))],
  'a path of escapes': [200, (n) => get(`/search/${fill('%C3%A9', n)}`)],
  'a path of escaped slashes': [400, (n) => get(`/search/${fill('%2F', n)}`)],
  'a path of dots': [404, (n) => get(`/${fill('.../', n)}`)],
  'cookies of one name': [200, (n) => get('/search/x', { cookie: fill('a=1;', n) })],
  'cookies of no name': [200, (n) => get('/search/x', { cookie: ';'.repeat(n) })],
  'a cookie of blanks': [200, (n) => get('/search/x', { cookie: `a=${fill(' \t', n)}x` })],
  'media types': [406, (n) => get('/search/x', { accept: fill('a/b;q=0.1,', n) })],
  'weights of a media type': [406, (n) => get('/search/x', { accept: `a/b${fill(';q=0.1', n)}` })],
  'a weight of blanks': [406, (n) => get('/search/x', { accept: `a/b;q${' '.repeat(n)}x` })],
  codings: [200, (n) => get('/large', { 'accept-encoding': fill('gzi;q=0.1,', n) })],
  'entity tags': [200, (n) => get('/search/x', { 'if-none-match': `${fill('"a",', n)}x"v1"` })],
  'entity tags that are weak': [
    200,
    (n) => get('/search/x', { 'if-none-match': `${fill('W/', n)}"v1"` }),
  ],
  'entity tags of blanks': [
    200,
    (n) => get('/search/x', { 'if-none-match': `${','.repeat(n / 2)}${' '.repeat(n / 2)}x"v1"` }),
  ],
  'entity tags of a row': [
    404,
    (n) => ({
      path: NOTE,
      init: {
        method: 'PATCH',
        headers: { 'content-type': JSON_TYPE, 'if-match': `${fill('"a",', n)}"1"` },
        body: '{"title":"x"}',
      },
    }),
  ],
  ranges: [200, (n) => get('/file', { range: `bytes=${fill('0-,', n)}` })],
  'a range of zeros': [200, (n) => get('/file', { range: `bytes=${'0'.repeat(n)}-` })],
  'a range of blanks': [200, (n) => get('/file', { range: `bytes${' '.repeat(n)}` })],
  'character sets': [415, (n) => post('/json', `${JSON_TYPE}${fill('; charset=', n)}`, '{}')],
  'a media type of blanks': [415, (n) => post('/json', `${JSON_TYPE}${' '.repeat(n)}x`, '{}')],
  boundaries: [400, (n) => post('/upload', `multipart/form-data${fill('; boundary="', n)}`, '')],
  'a long token': [200, (n) => get('/search/x', { authorization: `Bearer ${'a'.repeat(n)}` })],
  'a token of blanks': [200, (n) => get('/search/x', { authorization: `Bearer${' '.repeat(n)}x` })],
  'a trace of zeros': [200, (n) => get('/search/x', { traceparent: `00-${'0'.repeat(n)}` })],
  'a trace of the future': [
    200,
    (n) =>
      get('/search/x', {
        traceparent: `cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-${'-'.repeat(n)}`,
      }),
  ],
  'an origin': [
    403,
    (n) => post('/json', JSON_TYPE, '{}', { origin: `http://${'a'.repeat(n)}`, cookie: 'a=b' }),
  ],
  conditions: [422, (n) => get(`/notes?${fill('title=1&', n)}`)],
  orders: [422, (n) => get(`/notes?order=${fill('title,', n)}`)],
  'a cursor': [422, (n) => get(`/notes?cursor=${'a'.repeat(n)}`)],
  'a long id': [404, (n) => get(`/notes/${'a'.repeat(n)}`)],
}
