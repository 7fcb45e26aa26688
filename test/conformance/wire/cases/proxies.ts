/** Where a request comes from, by proxies and by those who pretend to be one (families 5 and 18). */

import { json, topic } from '../case.ts'

const { cases, one } = topic('Proxies', { to: 'proxied' })
const alone = topic('Proxies')

const seen = (headers: Readonly<Record<string, string | readonly string[]>>) => ({
  line: 'GET /caller',
  headers,
})
const address = (expected: string) => ({ status: 200, json: { address: expected } })

for (const [name, given, expected] of [
  ['one address', '203.0.113.7', '203.0.113.7'],
  ['the nearest of several', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
  ['the nearest before trusted ones', '6.6.6.6, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
  ['an address with its port', '203.0.113.7:4711', '203.0.113.7'],
  ['an address of version 6', '2001:DB8:0::1', '2001:db8::1'],
  ['an address of version 6 with its port', '[2001:db8::1]:4711', '2001:db8::1'],
  ['a mapped address', '::ffff:203.0.113.7', '203.0.113.7'],
  ['a mapped address in hexadecimal', '::ffff:cb00:7107', '203.0.113.7'],
  ['a long mapped address', '0:0:0:0:0:FFFF:203.0.113.7', '203.0.113.7'],
  ['a trusted one that is mapped', '203.0.113.7, ::ffff:10.0.0.1', '203.0.113.7'],
  ['leading zeros as no address', '203.0.113.07', '127.0.0.1'],
  ['an octal address as none', '0313.0.113.7', '127.0.0.1'],
  ['a hexadecimal address as none', '0xcb.0.113.7', '127.0.0.1'],
  ['a decimal address as none', '3405803783', '127.0.0.1'],
  ['a short address as none', '203.7', '127.0.0.1'],
  ['an octet of 256 as none', '203.0.113.256', '127.0.0.1'],
  ['an address of five octets as none', '1.203.0.113.7', '127.0.0.1'],
  ['a name as none', 'localhost', '127.0.0.1'],
  ['a zone as none', 'fe80::1%eth0', '127.0.0.1'],
  ['two double colons as none', '1::2::3', '127.0.0.1'],
  ['nothing', '', '127.0.0.1'],
  ['a word that is no address before a client', 'unknown, 203.0.113.7', '203.0.113.7'],
  ['what stands left of a word that is none', '6.6.6.6, unknown', '127.0.0.1'],
  ['what stands left of an empty member', '6.6.6.6, , 10.0.0.1', '10.0.0.1'],
  ['a range as none', '203.0.113.0/24', '127.0.0.1'],
  ['only trusted ones', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
] as const) {
  one(
    `[ASVS 4.1.3] [family 5] reads ${name} of X-Forwarded-For`,
    seen({ 'x-forwarded-for': given }),
    address(expected),
  )
}
one(
  '[ASVS 4.1.3] reads the lines of X-Forwarded-For in their order',
  seen({ 'x-forwarded-for': ['6.6.6.6', '203.0.113.7'] }),
  address('203.0.113.7'),
)
for (const header of [
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'x-client-ip',
  'forwarded',
  'x-originating-ip',
  'client-ip',
]) {
  one(
    `[ASVS 4.1.3] [family 5] believes no ${header}`,
    seen({ [header]: header === 'forwarded' ? 'for=203.0.113.7' : '203.0.113.7' }),
    address('127.0.0.1'),
  )
}
for (const [name, headers, origin] of [
  ['a scheme', { 'x-forwarded-proto': 'https' }, 'https://127.0.0.1:{port}'],
  ['a scheme in capitals', { 'x-forwarded-proto': 'HTTPS' }, 'https://127.0.0.1:{port}'],
  ['a host', { 'x-forwarded-host': 'shop.example' }, 'http://shop.example'],
  ['a host in capitals', { 'x-forwarded-host': 'Shop.Example' }, 'http://shop.example'],
  [
    'a host and a scheme',
    { 'x-forwarded-host': 'shop.example:443', 'x-forwarded-proto': 'https' },
    'https://shop.example',
  ],
  ['no second scheme', { 'x-forwarded-proto': 'https, http' }, 'http://127.0.0.1:{port}'],
  ['no unknown scheme', { 'x-forwarded-proto': 'javascript' }, 'http://127.0.0.1:{port}'],
  ['no second host', { 'x-forwarded-host': 'a.example, b.example' }, 'http://127.0.0.1:{port}'],
  ['no host with a path', { 'x-forwarded-host': 'a.example/x' }, 'http://127.0.0.1:{port}'],
  ['no host with a user', { 'x-forwarded-host': 'u@a.example' }, 'http://127.0.0.1:{port}'],
  ['no host with a fragment', { 'x-forwarded-host': 'a.example#' }, 'http://127.0.0.1:{port}'],
  ['no port from a header', { 'x-forwarded-port': '444' }, 'http://127.0.0.1:{port}'],
] as const) {
  one(`[ASVS 4.1.3] [family 5] takes ${name} from a trusted proxy`, seen(headers), {
    status: 200,
    json: { origin },
  })
}
one(
  '[ASVS 3.4.1] asks for HTTPS behind a proxy that speaks it',
  { line: 'GET /answers/json', headers: { 'x-forwarded-proto': 'https' } },
  { status: 200, headers: { 'strict-transport-security': /max-age=31536000/ } },
)
one(
  'asks for no HTTPS over plain HTTP',
  { line: 'GET /answers/json' },
  { status: 200, headers: { 'strict-transport-security': false } },
)
one(
  'knows its own origin behind a proxy',
  json(
    'POST /json',
    { title: 'a' },
    {
      cookie: 'a=b',
      origin: 'https://shop.example',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'https',
    },
  ),
  { status: 201 },
)
one(
  '[ASVS 3.5.1] takes no other origin behind a proxy',
  json(
    'POST /json',
    { title: 'a' },
    {
      cookie: 'a=b',
      origin: 'http://127.0.0.1:{port}',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'https',
    },
  ),
  { status: 403 },
)

for (const [name, headers] of Object.entries({
  'an address': { 'x-forwarded-for': '203.0.113.7' },
  'a host': { 'x-forwarded-host': 'evil.example' },
  'a scheme': { 'x-forwarded-proto': 'https' },
  'all of them': {
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'for=1.1.1.1;host=evil.example;proto=https',
    'cf-connecting-ip': '203.0.113.7',
  },
})) {
  alone.one(
    `[ASVS 4.1.3] [family 5] believes ${name} from nobody when it trusts no proxy`,
    seen(headers),
    {
      status: 200,
      json: { address: '127.0.0.1', origin: 'http://127.0.0.1:{port}' },
    },
  )
}
alone.one(
  '[ASVS 4.1.3] [family 18] lets no forwarded host choose the own origin',
  json(
    'POST /json',
    { title: 'a' },
    {
      cookie: 'a=b',
      origin: 'https://evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    },
  ),
  { status: 403 },
)
alone.one(
  '[ASVS 4.1.3] [family 18] puts no host into a redirect',
  { line: 'POST /answers/elsewhere', headers: { 'x-forwarded-host': 'evil.example' } },
  { status: 303, headers: { location: '/answers/json' } },
)

export const proxies = [...cases, ...alone.cases]
