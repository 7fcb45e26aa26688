/** Where a message ends, and to whom it is sent (family 4). */

import { json, topic } from '../case.ts'

const { cases, one } = topic('Framing and hosts')

export { cases as framing }

/** Behind each of these stands a request that must never be answered. */
const SMUGGLED = 'GET /answers/json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n'
const post = (framing: string, body = '0\r\n\r\n') =>
  `POST /webhook HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/plain\r\n${framing}\r\n\r\n${body}${SMUGGLED}`

for (const [name, framing] of Object.entries({
  'a length beside chunks': 'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'chunks beside a length': 'Transfer-Encoding: chunked\r\nContent-Length: 5',
  'a length of nothing beside chunks': 'Content-Length: 0\r\nTransfer-Encoding: chunked',
  'two lengths': 'Content-Length: 5\r\nContent-Length: 6',
  'two lengths in one line': 'Content-Length: 5, 6',
  'a signed length': 'Content-Length: +5',
  'a negative length': 'Content-Length: -5',
  'a length with a letter': 'Content-Length: 5a',
  'a hexadecimal length': 'Content-Length: 0x5',
  'a length with a fraction': 'Content-Length: 5.0',
  'an empty length': 'Content-Length: ',
  'a length beyond all numbers': 'Content-Length: 99999999999999999999999999',
  'two codings': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'chunks that come first': 'Transfer-Encoding: chunked, gzip',
  'an unknown coding': 'Transfer-Encoding: xchunked',
  'a coding in quotes': 'Transfer-Encoding: "chunked"',
  'a space before the colon': 'Transfer-Encoding : chunked',
  'a space before the colon of a length': 'Content-Length : 5',
  'a folded coding': 'Transfer-Encoding:\r\n chunked',
  'a line without a colon': 'X-A\r\nContent-Length: 5',
  'a header without a name': ': a\r\nContent-Length: 5',
  'a NUL in a header': 'X-A: a\0b\r\nContent-Length: 5',
  'a bare line feed in a header': 'X-A: a\nTransfer-Encoding: chunked\r\nContent-Length: 5',
  'a bare carriage return in a header': 'X-A: a\rTransfer-Encoding: chunked\r\nContent-Length: 5',
})) {
  one(`[family 4] refuses ${name}`, { line: '', raw: post(framing) }, { refused: true })
}
for (const [name, body] of Object.entries({
  'a chunk whose size is no number': 'zz\r\nhello\r\n0\r\n\r\n',
  'a chunk of negative size': '-1\r\nhello\r\n0\r\n\r\n',
  'a chunk of hexadecimal size with its mark': '0x5\r\nhello\r\n0\r\n\r\n',
  'a chunk that is longer than its size': '3\r\nhello\r\n0\r\n\r\n',
  'a chunk beyond all numbers': 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n',
})) {
  one(
    `refuses ${name}`,
    { line: '', raw: post('Transfer-Encoding: chunked', body) },
    { refused: true },
  )
}
const chunked = (body: string) => ({
  line: 'POST /webhook',
  headers: { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' },
  body,
})
one('reads a body in chunks', chunked('3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n'), {
  status: 200,
  json: { text: 'hello' },
})
one('reads a chunk of capital size', chunked('A\r\n0123456789\r\n0\r\n\r\n'), {
  status: 200,
  json: { text: '0123456789' },
})
one('reads past the extension of a chunk', chunked('5;a=b\r\nhello\r\n0\r\n\r\n'), {
  status: 200,
  json: { text: 'hello' },
})
one('reads past trailers', chunked('5\r\nhello\r\n0\r\nX-A: b\r\n\r\n'), {
  status: 200,
  json: { text: 'hello' },
})
one(
  '[ASVS 15.2.2] refuses chunks beyond the limit',
  chunked(`3e9\r\n${'x'.repeat(1_001)}\r\n0\r\n\r\n`),
  { status: 413, code: 'body_too_large' },
)
one(
  '[ASVS 15.2.2] refuses an announced length beyond the limit',
  {
    line: 'POST /webhook',
    headers: { 'content-type': 'text/plain', 'content-length': '1001' },
    body: 'x'.repeat(1_001),
  },
  { status: 413, code: 'body_too_large' },
)
one(
  'reads a body of exactly its limit',
  { line: 'POST /webhook', body: 'x'.repeat(1_000) },
  { status: 200 },
)
one(
  'takes a GET with a body for one without',
  { line: 'GET /answers/json', body: 'ignored' },
  { status: 200 },
)
one(
  'continues when it is asked to',
  {
    ...json('POST /json', { title: 'a' }),
    headers: { 'content-type': 'application/json', expect: '100-continue' },
  },
  { status: 201 },
)

for (const [name, lines] of Object.entries({
  'a space in front of a name': ' Host: 127.0.0.1:{port}',
  'no version': undefined,
})) {
  if (lines === undefined) {
    one(
      'answers no request without a version',
      { line: '', raw: `GET /answers/json\r\n${SMUGGLED}` },
      { refused: true },
    )
  } else {
    one(
      `refuses ${name}`,
      { line: '', raw: `GET /answers/json HTTP/1.1\r\n${lines}\r\nConnection: close\r\n\r\n` },
      { refused: true },
    )
  }
}
for (const version of ['HTTP/2.0', 'HTTP/0.9', 'HTTP/1.2x', 'HTP/1.1', 'http/1.1']) {
  one(
    `refuses the version ${version}`,
    {
      line: '',
      raw: `GET /answers/json ${version}\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n`,
    },
    { refused: true },
  )
}
one(
  'refuses a space in a target',
  {
    line: '',
    raw: 'GET /answers/json x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n',
  },
  { refused: true },
)

/** Several requests in one packet, answered in their order. */
const GET = 'GET /answers/text HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n'
const ahead = (head: string) => ({ line: '', raw: `${head}${GET}` })
const second = /^HTTP\/1\.1 200 [\s\S]*h..llo(?:\r\n0\r\n\r\n)?$/
const HOST = 'Host: 127.0.0.1:{port}'
one(
  'answers a request that was sent ahead, in its order',
  ahead(`GET /answers/json HTTP/1.1\r\n${HOST}\r\n\r\n`),
  { status: 200, json: {}, behind: second },
)
one(
  'answers what comes behind a body',
  ahead(`POST /webhook HTTP/1.1\r\n${HOST}\r\nContent-Length: 5\r\n\r\nhello`),
  { status: 200, json: { text: 'hello' }, behind: second },
)
one(
  'answers what comes behind a body in chunks',
  ahead(
    `POST /webhook HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  ),
  { status: 200, json: { text: 'hello' }, behind: second },
)
one(
  '[family 4] takes the body of a refused request for no request',
  ahead(`POST /nowhere HTTP/1.1\r\n${HOST}\r\nContent-Length: 20\r\n\r\nGET /guarded/staff H`),
  { status: 404, foreign: true, behind: second },
)
one(
  '[family 4] reads past the body of a request whose method is wrong',
  ahead(`PUT /echo/1 HTTP/1.1\r\n${HOST}\r\nContent-Length: 20\r\n\r\nGET /guarded/staff H`),
  { status: 405, behind: second },
)
one(
  '[family 4] takes the body of a GET for no request',
  ahead(`GET /answers/json HTTP/1.1\r\n${HOST}\r\nContent-Length: 20\r\n\r\nGET /guarded/staff H`),
  { status: 200, behind: second },
)
for (const protocol of ['h2c', 'websocket', 'TLS/1.3']) {
  one(
    `speaks no ${protocol} when it is asked to`,
    {
      line: 'GET /answers/json',
      headers: { connection: 'close, Upgrade', upgrade: protocol },
    },
    { status: 200, headers: { upgrade: false } },
  )
}

const asked = (host: string | readonly string[]) => ({
  line: 'GET /caller',
  headers: { Host: host },
})
for (const host of [
  'a/x',
  'a?x',
  'a#x',
  'u@a',
  'a\\x',
  'a,b',
  'a b',
  '[::1',
  'a:b',
  'a:99999999',
  '%61',
  'a%00',
  'a:80:80',
  '.a',
  'a..b',
  '<a>',
  '127.0.0.1/guarded',
]) {
  one(`[ASVS 4.1.3] [family 18] refuses the host ${host}`, asked(host), { refused: true })
}
one('refuses an empty host', asked(''), { refused: true })
one('refuses two hosts', asked(['a', 'b']), { refused: true })
one(
  'refuses a request without a host',
  { line: '', raw: 'GET /caller HTTP/1.1\r\nConnection: close\r\n\r\n' },
  { refused: true },
)
one('takes a host for its origin', asked('Shop.example:8080'), {
  status: 200,
  json: { origin: 'http://shop.example:8080' },
})
one('leaves the own port of a scheme away', asked('shop.example:80'), {
  status: 200,
  json: { origin: 'http://shop.example' },
})
one('takes an address of version 6 for a host', asked('[::1]:80'), {
  status: 200,
  json: { origin: 'http://[::1]' },
})
one(
  '[ASVS 15.3.7] refuses two authorizations',
  { line: 'GET /guarded/mine', headers: { authorization: ['Bearer ada', 'Bearer staff'] } },
  { refused: true },
)
one(
  '[ASVS 15.3.7] refuses two content types',
  {
    line: 'POST /json',
    headers: { 'content-type': ['application/json', 'text/plain'] },
    body: '{"title":"a"}',
  },
  { refused: true },
)
one(
  '[ASVS 15.2.2] refuses headers beyond their limit',
  { line: 'GET /answers/json', headers: { 'x-a': 'x'.repeat(300_000) } },
  { refused: true },
)
