/** Bodies of JSON (families 8, 9 and 22). */

import { type Expected, json, topic } from '../case.ts'

const { cases, one } = topic('JSON')

export { cases as jsonBodies }

const invalid = (...paths: string[]): Expected => ({
  status: 422,
  code: 'invalid_input',
  json: { issues: paths.map((path) => ({ path })) },
})
const post = (body: unknown) => json('POST /json', body)

for (const [name, text] of Object.entries({
  'plain text': '{"title":"a"}',
  'white space around': ' \t\r\n{ "title" : "a" }\n ',
  escapes: '{"title":"\\u00e4\\n\\ud83d\\ude00"}',
  'letters beyond ASCII': '{"title":"ä🎈"}',
  'numbers of all forms': '{"title":"a","amount":-1.5e-3}',
  'a list of objects': '{"title":"a","lines":[{"name":"b","of":{"n":1}}]}',
  'open members': '{"title":"a","open":{"any":{"deep":[1,null,true]}}}',
  'a variant': '{"title":"a","shape":{"kind":"round","radius":1}}',
  'a tuple': '{"title":"a","pair":["x",1]}',
  'a record': '{"title":"a","table":{"x":1,"toString":2}}',
})) {
  one(`reads ${name}`, post(text), { status: 201, json: JSON.parse(text) })
}

const malformed: Readonly<Record<string, readonly [string, number]>> = {
  'an open object': ['{', 1],
  'a missing value': ['{"title":}', 9],
  'a comma at the end': ['{"title":"a",}', 13],
  'a comma at the end of a list': ['{"title":"a","lines":[1,]}', 24],
  'text behind': ['{"title":"a"} x', 14],
  'two values': ['{"title":"a"}{}', 13],
  'single quotes': ["{'title':1}", 1],
  'a bare key': ['{title:1}', 1],
  'a comment': ['{"title":"a"}// x', 13],
  'a comment within': ['{/**/"title":"a"}', 1],
  NaN: ['{"amount":NaN}', 10],
  Infinity: ['{"amount":Infinity}', 10],
  'a hexadecimal number': ['{"amount":0x10}', 11],
  'a leading zero': ['{"amount":01}', 11],
  'a plus sign': ['{"amount":+1}', 10],
  'a bare fraction': ['{"amount":.5}', 10],
  undefined: ['{"title":undefined}', 9],
  'a raw line break in a text': ['{"title":"a\nb"}', 9],
  'a raw tab in a text': ['{"title":"a\tb"}', 9],
  'half an escape': ['{"title":"\\u00"}', 9],
  'an unknown escape': ['{"title":"\\x41"}', 9],
  'an open text': ['{"title":"a', 9],
  'half a word': ['nul', 0],
  'a byte order mark within': ['{\ufeff"title":"a"}', 1],
  'white space of Unicode': ['{\u00a0"title":"a"}', 1],
}
for (const [name, [text, position]] of Object.entries(malformed)) {
  one(`[ASVS 1.5.2] refuses ${name} with its place`, post(text), {
    status: 400,
    code: 'invalid_json',
    json: { position },
  })
}

for (const [name, bytes] of Object.entries({
  'a lone byte': [0x22, 0xff, 0x22],
  'an overlong slash': [0x22, 0xc0, 0xaf, 0x22],
  'a surrogate in UTF-8': [0x22, 0xed, 0xa0, 0x80, 0x22],
  'a cut character': [0x22, 0xe2, 0x82, 0x22],
  'UTF-16': [0xff, 0xfe, 0x7b, 0, 0x7d, 0],
  'UTF-16 without a mark': [0x7b, 0, 0x7d, 0],
  'a NUL byte': [0x22, 0, 0x22],
})) {
  one(
    `[ASVS 1.5.2] refuses ${name}`,
    { ...post(''), body: Uint8Array.from(bytes) },
    {
      status: 400,
      code: 'invalid_json',
    },
  )
}

/** A key that nobody asked for, at each depth. */
const deep = (add: object) => ({ title: 'a', lines: [{ name: 'b', of: { n: 1, ...add } }] })
for (const key of [
  'extra',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'isAdmin',
  'userId',
  'id',
  'a.b',
  '$set',
  '',
]) {
  one(
    `[ASVS 15.3.3] refuses the key "${key}" at the top`,
    post({ title: 'a', [key]: 1 }),
    invalid(`body.${key}`),
  )
  one(
    `[ASVS 15.3.3] refuses the key "${key}" in a list`,
    post({ title: 'a', lines: [{ name: 'b', [key]: 1 }] }),
    invalid(`body.lines.0.${key}`),
  )
  one(
    `[ASVS 15.3.3] refuses the key "${key}" three levels deep`,
    post(deep({ [key]: 1 })),
    invalid(`body.lines.0.of.${key}`),
  )
}
one(
  'refuses the key of another variant',
  post({ title: 'a', shape: { kind: 'round', radius: 1, side: 1 } }),
  invalid('body.shape.side'),
)
one('refuses a tuple that is too long', post({ title: 'a', pair: ['x', 1, 2] }), { status: 422 })

for (const [name, text, path] of [
  ['at the top', '{"title":"a","__proto__":{"x":1}}', 'body.__proto__'],
  ['written in escapes', '{"title":"a","\\u005f_proto__":{"x":1}}', 'body.__proto__'],
  ['in a list', '{"title":"a","lines":[{"name":"b","__proto__":1}]}', 'body.lines.0.__proto__'],
  [
    'in an open object',
    '{"title":"a","open":{"a":[{"__proto__":{"x":1}}]}}',
    'body.open.a.0.__proto__',
  ],
  ['in a record', '{"title":"a","table":{"__proto__":1}}', 'body.table.__proto__'],
] as const) {
  one(`[ASVS 15.3.6] [family 8] refuses __proto__ ${name}`, post(text), invalid(path))
}
one(
  '[ASVS 15.3.6] leaves every other object as it was',
  post('{"title":"a","open":{"constructor":{"prototype":{"x":1}}}}'),
  { status: 201 },
)

for (const [name, written] of Object.entries({
  NUL: '\\u0000',
  'a high surrogate alone': '\\ud800',
  'a low surrogate alone': '\\udc00',
  'swapped surrogates': '\\udc00\\ud800',
})) {
  one(`refuses ${name} in a text`, post(`{"title":"a${written}"}`), invalid('body.title'))
  one(
    `refuses ${name} deep within`,
    post(`{"title":"a","open":{"a":["${written}"]}}`),
    invalid('body.open.a.0'),
  )
  one(`refuses ${name} in a key`, post(`{"title":"a","open":{"${written}":1}}`), {
    status: 422,
    code: 'invalid_input',
  })
}

/** Values in the place of a text. */
for (const value of [null, 7, true, [], {}, ['a'], { length: 1 }, '', 0, false]) {
  const fits = typeof value === 'string'
  one(
    `[ASVS 2.2.1] ${fits ? 'takes' : 'refuses'} ${JSON.stringify(value)} for a text`,
    post({ title: value }),
    fits ? { status: 201 } : invalid('body.title'),
  )
}
for (const value of ['1', null, [], {}, true, '']) {
  one(
    `[ASVS 2.2.1] refuses ${JSON.stringify(value)} for a number`,
    post({ title: 'a', amount: value }),
    invalid('body.amount'),
  )
}
one(
  'refuses a number beyond all numbers',
  post('{"title":"a","amount":1e999}'),
  invalid('body.amount'),
)
for (const body of ['[]', 'null', '1', '"text"', 'true', '[{"title":"a"}]']) {
  one(`refuses ${body} for an object`, post(body), { status: 422, code: 'invalid_input' })
}
/** A code that is no text must not be truthy enough (strapi's and others' resets). */
for (const code of [
  {},
  [],
  true,
  null,
  123456,
  ['123456'],
  { $ne: null },
  { $gt: '' },
  '',
  '12345',
  '1234567',
  '12345a',
  ' 123456',
  '123456\n',
  '１２３４５６',
]) {
  one(
    `[ASVS 2.2.1] [family 22] takes no ${JSON.stringify(code)} for a code`,
    json('POST /reset', { email: 'a@b.c', code }),
    invalid('body.code'),
  )
}
one('takes a code for a code', json('POST /reset', { email: 'a@b.c', code: '123456' }), {
  status: 204,
})
one('asks for the code', json('POST /reset', { email: 'a@b.c' }), invalid('body.code'))

one(
  'asks for a body',
  { line: 'POST /json', headers: { 'content-type': 'application/json' } },
  { status: 400, code: 'missing_body' },
)
one('asks for more than an empty body', post(''), { status: 400, code: 'missing_body' })
one('takes white space for no JSON', post('  '), { status: 400, code: 'invalid_json' })
one('takes no body where it is optional', 'POST /optional', { status: 200, json: { given: false } })
one('reads an optional body', json('POST /optional', { title: 'a' }), {
  status: 200,
  json: { given: true },
})
one('holds an optional body to its schema', json('POST /optional', {}), invalid('body.title'))
one('never tells back a value', post({ title: 'hunter2'.repeat(5) }), {
  status: 422,
  lacks: 'hunter2',
})
one('cuts a very long key that it tells back', post({ title: 'a', ['k'.repeat(5_000)]: 1 }), {
  status: 422,
  lacks: 'k'.repeat(300),
})
one('takes the last of two equal keys', post('{"title":7,"title":"a"}'), {
  status: 201,
  json: { title: 'a' },
})
one(
  'reads a merge patch',
  json('PATCH /items/1', { title: null }, { 'content-type': 'application/merge-patch+json' }),
  { status: 200, json: { title: null } },
)
