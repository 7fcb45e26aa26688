/** The query, the header fields and the cookies of a request (families 8, 20 and 22). */

import { type Expected, topic } from '../case.ts'

const { cases, one } = topic('Queries, headers and cookies')

export { cases as queries }

const invalid = (path: string): Expected => ({
  status: 422,
  code: 'invalid_input',
  json: { issues: [{ path }] },
})

one('reads values', 'GET /echo/1?limit=5&tag=a&tag=b', {
  status: 200,
  json: { limit: 5, tag: ['a', 'b'] },
})
one('reads one value as a list', 'GET /echo/1?tag=a', { status: 200, json: { tag: ['a'] } })
one('fills in a default', 'GET /echo/1', { status: 200, json: { limit: 20 } })
one('takes an empty query', 'GET /echo/1?', { status: 200 })
one('passes over empty pairs', 'GET /echo/1?&&limit=5&', { status: 200, json: { limit: 5 } })
one('reads a plus as a space', 'GET /echo/1?tag=a+b', { status: 200, json: { tag: ['a b'] } })
one('reads an encoded plus', 'GET /echo/1?tag=a%2Bb', { status: 200, json: { tag: ['a+b'] } })
one('decodes once', 'GET /echo/1?tag=%2541', { status: 200, json: { tag: ['%41'] } })
one('reads an encoded ampersand as text', 'GET /echo/1?tag=a%26limit%3D1', {
  status: 200,
  json: { tag: ['a&limit=1'], limit: 20 },
})
one('splits at the first equals sign', 'GET /echo/1?tag=a=b', {
  status: 200,
  json: { tag: ['a=b'] },
})
one('reads a key without a value as empty', 'GET /echo/1?tag', { status: 200, json: { tag: [''] } })
one('takes a semicolon for text', 'GET /echo/1?tag=a;limit=1', {
  status: 200,
  json: { tag: ['a;limit=1'] },
})
one('reads a question mark in a value', 'GET /echo/1?tag=a?b', {
  status: 200,
  json: { tag: ['a?b'] },
})

for (const key of [
  'page',
  'Limit',
  'limit ',
  'limit[]',
  'limit[gt]',
  'tag[0]',
  'tag[]',
  'filter.id',
  '$where',
  '$or',
  'userId',
  'constructor',
  '__proto__',
  '__proto__[a]',
  '__proto__.a',
  'constructor.prototype.a',
  'toString',
  'hasOwnProperty',
  'admin',
  '',
  'id',
  'body',
  'params',
  'tag.0',
  'limit%00',
]) {
  const name = key.replace('%00', '\0')
  one(
    `[ASVS 15.3.3] [family 20] refuses the unknown key ${JSON.stringify(key)}`,
    `GET /echo/1?${encodeKey(key)}=1`,
    {
      status: 422,
      code: 'invalid_input',
      json: { issues: [{ path: `query.${name}` }] },
    },
  )
}
for (const key of ['a', '__proto__', 'limit']) {
  one(
    `refuses ${key} where no query is declared`,
    `GET /answers/json?${key}=1`,
    invalid(`query.${key}`),
  )
}
for (const value of [
  '0',
  '-1',
  '1.0',
  '1e2',
  '0x10',
  ' 1',
  '1%20',
  '٣',
  '1%00',
  'NaN',
  'Infinity',
  '',
  '1000',
  'null',
  '[1]',
  '{}',
  'true',
]) {
  one(
    `[ASVS 2.2.1] refuses the limit ${JSON.stringify(value)}`,
    `GET /echo/1?limit=${encodeURI(value).replace(/%25/g, '%')}`,
    invalid('query.limit'),
  )
}
one(
  '[ASVS 15.3.7] refuses a key that comes twice',
  'GET /echo/1?limit=1&limit=2',
  invalid('query.limit'),
)
one(
  '[ASVS 15.3.7] refuses a key that comes twice in two spellings',
  'GET /echo/1?limit=1&%6cimit=2',
  invalid('query.limit'),
)
one(
  'refuses a value outside of a list of choices',
  'GET /echo/1?exact=maybe',
  invalid('query.exact'),
)
for (const [name, text] of Object.entries({
  'bytes that are no UTF-8': '%FF',
  'an overlong slash': '%C0%AF',
  'half an escape': '%4',
  'a lone percent sign': '%',
  'an escape that is none': '%GG',
  'an encoded surrogate': '%ED%A0%80',
  'a cut sequence': '%E2%82',
})) {
  one(`[ASVS 1.1.1] refuses ${name} in a value`, `GET /echo/1?tag=${text}`, {
    status: 400,
    code: 'invalid_query',
  })
  one(`[ASVS 1.1.1] refuses ${name} in a key`, `GET /echo/1?${text}=1`, {
    status: 400,
    code: 'invalid_query',
  })
}
one('refuses NUL in a value', 'GET /echo/1?tag=a%00', invalid('query.tag'))
one('tells issues of all parts together', `GET /echo/${'x'.repeat(21)}?limit=0&b=1`, {
  status: 422,
  json: { issues: [{ path: 'params.id' }, {}, {}] },
})
one('never tells back what was sent', 'GET /echo/1?limit=hunter2', {
  status: 422,
  lacks: 'hunter2',
})
one(
  'tells no more than a hundred issues',
  `GET /echo/1?${'tag=aaaaaaaaaaaaaaaaaaaaa&'.repeat(150)}`,
  {
    status: 422,
    json: { issues: Array.from({ length: 100 }, () => ({})) },
  },
)

const tenant = (value: string | readonly string[]) => ({
  line: 'GET /echo/1',
  headers: { 'X-Tenant': value },
})
one('reads a declared header', tenant('acme'), { status: 200, json: { tenant: 'acme' } })
one('trims a header', tenant('   acme \t '), { status: 200, json: { tenant: 'acme' } })
one('joins the lines of a header', tenant(['a', 'b']), { status: 200, json: { tenant: 'a, b' } })
one('holds a header to its schema', tenant('x'.repeat(21)), invalid('headers.x-tenant'))
one(
  'reads no undeclared header',
  { line: 'GET /echo/1', headers: { 'x-other': 'acme' } },
  { status: 200, json: { tenant: undefined } },
)

const cookie = (value: string) => ({ line: 'GET /echo/1', headers: { cookie: value } })
one('reads a declared cookie', cookie('theme=dark'), { status: 200, json: { theme: 'dark' } })
one('reads a cookie among others', cookie('a=1; theme=dark; b=2'), {
  status: 200,
  json: { theme: 'dark' },
})
one('takes cookies as they came', cookie('theme=a%20b'), { status: 200, json: { theme: 'a%20b' } })
one('keeps the quotes of a cookie', cookie('theme="dark"'), {
  status: 200,
  json: { theme: '"dark"' },
})
one('tells cookies apart by case', cookie('Theme=dark'), {
  status: 200,
  json: { theme: undefined },
})
one('reads an empty cookie', cookie('theme='), { status: 200, json: { theme: '' } })
one('passes over what is no pair', cookie('theme; theme=dark;;'), {
  status: 200,
  json: { theme: 'dark' },
})
one('[ASVS 15.3.7] refuses a cookie that comes twice', cookie('theme=a; theme=b'), {
  status: 400,
  code: 'repeated_cookie',
})
one('lets other cookies come twice', cookie('a=1; a=2; theme=dark'), {
  status: 200,
  json: { theme: 'dark' },
})
one('holds a cookie to its schema', cookie(`theme=${'x'.repeat(21)}`), invalid('cookies.theme'))
one('takes a cookie called __proto__ for nothing', cookie('__proto__=a; theme=dark'), {
  status: 200,
  json: { theme: 'dark' },
})
one('reads no cookie behind a comma', cookie('a=1, theme=dark'), {
  status: 200,
  json: { theme: undefined },
})

function encodeKey(key: string): string {
  return key.replaceAll(' ', '%20').replaceAll('[', '%5B').replaceAll(']', '%5D')
}
