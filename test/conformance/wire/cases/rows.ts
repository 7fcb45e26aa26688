/** Resources, lists, conditions, many rows and keys, on SQLite (families 8, 18, 19, 20 and 21). */

import { type Expected, type Sent, topic } from '../case.ts'

const sent = (line: string, body?: unknown, headers: Sent['headers'] = {}): Sent => ({
  line,
  headers: {
    authorization: 'Bearer {actor}',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  },
  ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
})
const theirs = { authorization: 'Bearer {other}' }
const created: Expected = { status: 201 }
const gone: Expected = { status: 404, code: 'not_found' }
const invalid = (path: string): Expected => ({
  status: 422,
  code: 'invalid_input',
  json: { issues: [{ path }] },
})
/** The first step of most: a note of the caller's own. */
const note = [
  sent('POST /notes', { title: 'Milk' }),
  created,
  { id: 'body id', etag: 'header etag' },
] as const
const draft = [
  sent('POST /drafts', { title: 'Milk' }),
  created,
  { id: 'body id', etag: 'header etag' },
] as const

const rows = topic('Resources', { rows: true })
export const rowCases = rows.cases

rows.steps(
  'creates and reads a row',
  [
    sent('POST /notes', {
      title: 'Milk',
      size: '9007199254740993',
      due: '2026-01-31T10:00:00+01:00',
    }),
    {
      status: 201,
      json: {
        title: 'Milk',
        owner: '{actor}',
        size: '9007199254740993',
        due: '2026-01-31T09:00:00.000Z',
        version: 1,
        stars: 0,
      },
      headers: { location: /^\/notes\/[0-9a-f-]{36}$/, etag: /^"1/ },
    },
    { id: 'body id' },
  ],
  [sent('GET /notes/{id}'), { status: 200, json: { id: '{id}' } }],
)
rows.steps(
  'replaces a row',
  note,
  [
    sent('PUT /notes/{id}', { title: 'Tea', stars: 2 }),
    { status: 200, json: { title: 'Tea', stars: 2, version: 2 } },
  ],
  [sent('PUT /notes/{id}', { title: 'Oil' }), { status: 200, json: { stars: 0 } }],
)
rows.steps('patches a row', note, [
  sent('PATCH /notes/{id}', { stars: 2 }),
  { status: 200, json: { title: 'Milk', stars: 2 } },
])
rows.steps(
  'merges into a member of JSON (RFC 7396)',
  [
    sent('POST /notes', { title: 'a', meta: { tags: ['x'], at: 'here' } }),
    created,
    { id: 'body id' },
  ],
  [
    sent(
      'PATCH /notes/{id}',
      { meta: { at: null } },
      { 'content-type': 'application/merge-patch+json' },
    ),
    { status: 200, json: { meta: { tags: ['x'], at: undefined } } },
  ],
)
rows.steps(
  'clears a column by null',
  [sent('POST /notes', { title: 'a', due: '2026-01-31T10:00:00Z' }), created, { id: 'body id' }],
  [sent('PATCH /notes/{id}', { due: null }), { status: 200, json: { due: null } }],
)
rows.steps(
  'deletes a row once',
  note,
  [sent('DELETE /notes/{id}'), { status: 204 }],
  [sent('DELETE /notes/{id}'), gone],
)
rows.steps(
  'runs an action of a row',
  note,
  [sent('POST /notes/{id}/pin'), { status: 204 }],
  [sent('GET /notes/{id}'), { status: 200, json: { pinned: true } }],
)
rows.steps('creates a row by PUT where it may', [
  sent('PUT /folders/{other}', { title: 'a' }),
  { status: 201, json: { id: '{other}' } },
])
rows.one('creates no row by PUT where it may not', sent('PUT /notes/{other}', { title: 'a' }), gone)
rows.one('has no operation that was switched off', sent('DELETE /folders/{other}'), { status: 405 })
for (const how of ['answer', 'throw']) {
  rows.steps(
    `[ASVS 2.3.3] keeps nothing of what ends in ${how}`,
    [
      sent(`POST /undone/${how}`),
      how === 'throw' ? { status: 500 } : { status: 409, declared: true },
    ],
    [sent('GET /notes'), { status: 200, json: { items: [] } }],
  )
}
/** Other ways to a row of somebody else. */
for (const [name, line, body] of [
  ['GET', 'GET /notes/{id}', undefined],
  ['PUT', 'PUT /notes/{id}', { title: 'b' }],
  ['PATCH', 'PATCH /notes/{id}', { title: 'b' }],
  ['DELETE', 'DELETE /notes/{id}', undefined],
  ['an include', 'GET /notes/{id}?include=in', undefined],
  ['fields', 'GET /notes/{id}?fields=title', undefined],
] as const) {
  rows.steps(`[ASVS 8.2.2] hides a row of others from ${name}`, note, [
    sent(line, body, theirs),
    gone,
  ])
}
rows.steps('[ASVS 8.2.2] hides a row of others from a condition', note, [
  sent('PATCH /notes/{id}', { title: 'b' }, { ...theirs, 'if-match': '{etag}' }),
  gone,
])
rows.steps('[ASVS 8.2.2] hides a row of others from an action', note, [
  { line: 'POST /notes/{id}/pin', headers: theirs },
  { status: 404, declared: true },
])
rows.steps('[ASVS 8.2.2] hides a row of others from bulk changes', note, [
  sent('PATCH /notes/bulk', [{ id: '{id}', patch: { title: 'b' } }], theirs),
  { status: 404 },
])
rows.steps(
  '[ASVS 8.2.2] hides a row of others from bulk deletion',
  note,
  [sent('DELETE /notes/bulk?id={id}', undefined, theirs), { status: 404 }],
  [sent('GET /notes/{id}'), { status: 200 }],
)
rows.steps('[ASVS 8.2.2] hides rows of others from lists', note, [
  { line: 'GET /notes?total=true', headers: theirs },
  { status: 200, json: { items: [], total: 0 } },
])
rows.steps(
  '[ASVS 8.2.2] refers to no row of others',
  [sent('POST /folders', { title: 'a' }), created, { folder: 'body id' }],
  [
    sent('POST /notes', { title: 'b', folder: '{folder}' }, theirs),
    { status: 409, code: 'invalid_reference' },
  ],
  [
    sent('POST /notes', { title: 'b', folder: '{other}' }, theirs),
    { status: 409, code: 'invalid_reference' },
  ],
)
rows.steps('[ASVS 8.2.2] moves no row to others', note, [
  sent('PATCH /notes/{id}', { owner: '{other}' }),
  invalid('body.owner'),
])
for (const column of [
  'id',
  'owner',
  'pinned',
  'secret',
  'version',
  'createdAt',
  '__proto__',
  'constructor',
  'rowid',
  'notes.title',
  'TITLE',
]) {
  rows.one(
    `[ASVS 15.3.3] sets no ${column} of a new row`,
    sent('POST /notes', `{"title":"a","${column}":"x"}`),
    invalid(`body.${column}`),
  )
  if (column === 'version') continue
  rows.steps(`[ASVS 15.3.3] sets no ${column} by a patch`, note, [
    sent('PATCH /notes/{id}', `{"${column}":"x"}`),
    invalid(`body.${column}`),
  ])
}
for (const [column, value] of [
  ['title', ''],
  ['title', 7],
  ['title', null],
  ['title', 'x'.repeat(21)],
  ['stars', -1],
  ['stars', 1.5],
  ['stars', '1'],
  ['size', 1],
  ['size', '1.0'],
  ['size', '9223372036854775808'],
  ['size', '1e3'],
  ['due', 'yesterday'],
  ['due', '2026-02-30T00:00:00Z'],
  ['due', '2026-01-31T10:00:00'],
  ['due', 0],
  ['folder', 'x'],
  ['meta', []],
  ['meta', { tags: 'a' }],
  ['meta', { tags: [], more: 1 }],
] as const) {
  rows.one(
    `[ASVS 2.2.1] refuses ${JSON.stringify(value)?.slice(0, 30)} for ${column}`,
    sent('POST /notes', { title: 'a', [column]: value }),
    { status: 422, code: 'invalid_input' },
  )
}
for (const id of [
  '1',
  'x',
  '{other}x',
  "'%20OR%201=1",
  'null',
  'undefined',
  '%7B%7D',
  '[object%20Object]',
  '00000000-0000-0000-0000-00000000000g',
]) {
  rows.one(
    `finds no row called ${id}`,
    sent(`GET /notes/${id.replaceAll('[', '%5B').replaceAll(']', '%5D')}`),
    gone,
  )
}
for (const [line, body] of [
  ['GET /notes', undefined],
  ['POST /notes', { title: 'a' }],
  ['GET /notes/{other}', undefined],
  ['PUT /notes/{other}', { title: 'a' }],
  ['PATCH /notes/{other}', {}],
  ['DELETE /notes/{other}', undefined],
  ['POST /notes/bulk', []],
  ['PATCH /notes/bulk', []],
  ['DELETE /notes/bulk?id={other}', undefined],
  ['POST /notes/{other}/pin', undefined],
] as const) {
  const { headers: _, ...rest } = sent(line, body)
  rows.one(
    `[ASVS 8.3.1] asks who sends ${line.replace('{other}', ':id')}`,
    { ...rest, headers: { 'content-type': 'application/json' } },
    { status: 401 },
  )
}

// Lists.
const lists = topic('Lists', { rows: true })
export const listCases = lists.cases
const three = [
  [sent('POST /notes', { title: 'Apple', stars: 1 }), created],
  [sent('POST /notes', { title: 'Bread', stars: 2, size: '5' }), created],
  [sent('POST /notes', { title: 'Butter%', stars: 3, due: '2026-01-31T10:00:00Z' }), created],
] as const
const titled = (...titles: string[]): Expected => ({
  status: 200,
  json: { items: titles.map((title) => ({ title })) },
})
for (const [query, ...titles] of [
  ['', 'Apple', 'Bread', 'Butter%'],
  ['order=-title', 'Butter%', 'Bread', 'Apple'],
  ['title=Bread', 'Bread'],
  ['title.ne=Bread', 'Apple', 'Butter%'],
  ['title.in=Apple&title.in=Bread', 'Apple', 'Bread'],
  ['title.startsWith=B&order=title', 'Bread', 'Butter%'],
  ['title.contains=%25', 'Butter%'],
  ['title.contains=_'],
  ['stars.gt=1&stars.lt=3', 'Bread'],
  ['stars.gte=2&order=-stars', 'Butter%', 'Bread'],
  ['size.is=set', 'Bread'],
  ['due.is=null', 'Apple', 'Bread'],
  ['due.lt=2026-01-31T11:00:00Z', 'Butter%'],
  ['pinned=true'],
  ['order=-stars&limit=1', 'Butter%'],
] as const) {
  lists.steps(`answers the list ?${query}`, ...three, [
    sent(`GET /notes?${query}`),
    titled(...titles),
  ])
}
lists.steps(
  'leads from page to page',
  ...three,
  [
    sent('GET /notes?limit=2&order=title'),
    {
      ...titled('Apple', 'Bread'),
      headers: { link: /<\/notes\?limit=2&order=title&cursor=[^>]+>; rel="next"/ },
    },
    { cursor: 'body next' },
  ],
  [
    sent('GET /notes?limit=2&order=title&cursor={cursor}'),
    { status: 200, json: { items: [{ title: 'Butter%' }], next: null } },
  ],
)
lists.steps(
  '[ASVS 8.2.2] takes no cursor of somebody else',
  ...three,
  [sent('GET /notes?limit=2'), { status: 200 }, { cursor: 'body next' }],
  [sent('GET /notes?limit=2&cursor={cursor}', undefined, theirs), { status: 400 }],
)
lists.steps(
  'takes no cursor of another order',
  ...three,
  [sent('GET /notes?limit=2'), { status: 200 }, { cursor: 'body next' }],
  [sent('GET /notes?limit=2&order=-title&cursor={cursor}'), { status: 400 }],
)
lists.steps(
  'takes no cursor that was changed',
  ...three,
  [sent('GET /notes?limit=2'), { status: 200 }, { cursor: 'body next' }],
  [sent('GET /notes?limit=2&cursor={cursor}x'), { status: 400 }],
)
for (const [cursor, status] of [
  ['x', 400],
  ['', 400],
  ['eyJhIjoxfQ', 400],
  ['%00', 422],
  ['x'.repeat(5_000), 422],
] as const) {
  lists.one(
    `takes no cursor of ${JSON.stringify(cursor.slice(0, 10))}`,
    sent(`GET /notes?cursor=${cursor}`),
    { status },
  )
}
lists.steps('[ASVS 4.1.3] [family 18] leads by no forwarded host', ...three, [
  sent('GET /notes?limit=1', undefined, {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
  }),
  { status: 200, headers: { link: /^<\/notes\?/ }, lacks: 'evil.example' },
])
lists.steps('tells the number of all', ...three, [
  sent('GET /notes?limit=1&total=true'),
  { status: 200, json: { total: 3 } },
])
lists.steps('answers the fields that are asked for', ...three, [
  sent('GET /notes?fields=title&limit=1'),
  { status: 200, text: /^\{"items":\[\{"title":"Apple"\}\]/ },
])
lists.steps(
  'includes what a row refers to',
  [sent('POST /folders', { title: 'Home' }), created, { folder: 'body id' }],
  [sent('POST /notes', { title: 'a', folder: '{folder}' }), created],
  [
    sent('GET /notes?include=in'),
    { status: 200, json: { items: [{ in: { id: '{folder}', title: 'Home', owner: undefined } }] } },
  ],
  [
    sent('GET /folders/{folder}?include=notes'),
    { status: 200, json: { notes: [{ title: 'a', secret: undefined }] } },
  ],
)
/** Hidden columns by every way in (families 19 to 21). */
for (const query of [
  'secret=hidden',
  'secret.ne=x',
  'secret.startsWith=h',
  'secret.in=hidden',
  'secret.is=set',
  'in.title=a',
  'owner.password=a',
  'notes.secret=a',
  'SECRET=hidden',
  'title%5Bne%5D=a',
  'where=1',
  'filter=1',
  'filters%5Bsecret%5D=h',
  '$or=1',
  '_q=h',
  'populate=*',
  'select=secret',
  'sort=secret',
  'title;=a',
  'title%27=a',
  'title--=a',
  '1=1',
  'rowid=1',
  '__proto__=a',
  'title.like=a',
  'title.regex=.*',
  'title.eq.ne=a',
  'title.=a',
  '.title=a',
  'page=1',
  'offset=1',
]) {
  lists.one(`[ASVS 15.3.3] [family 20] refuses the list ?${query}`, sent(`GET /notes?${query}`), {
    status: 422,
    code: 'invalid_input',
    lacks: 'hidden',
  })
}
for (const [key, values] of Object.entries({
  order: [
    'secret',
    '-secret',
    'title,secret',
    'title,title',
    'title desc',
    'title;',
    '1',
    '',
    'meta',
    'in.title',
    '__proto__',
    'random()',
    'title)--',
  ],
  fields: [
    'secret',
    'title,secret',
    'in.owner',
    '*',
    '',
    '__proto__',
    'title.secret',
    'constructor',
  ],
  include: ['owner', 'in.notes', 'in.owner', 'notes', '*', '', '__proto__', 'secret', 'in.in.in'],
  limit: ['0', '-1', '21', '1.5', 'all', '', '1e1', '١'],
  total: ['yes', '1', ''],
  stars: ['x', '1.5', '', ' 1', '0x1', '1e400'],
  due: ['yesterday', '2026-02-30T00:00:00Z', '2026-01-31', ''],
  pinned: ['yes', '1', 'TRUE'],
  size: ['1.0', 'x', '99999999999999999999'],
})) {
  for (const value of values) {
    lists.one(
      `[ASVS 2.2.1] refuses ${key} of ${JSON.stringify(value)}`,
      sent(`GET /notes?${key}=${encodeURIComponent(value)}`),
      { status: 422, code: 'invalid_input', lacks: 'hidden' },
    )
  }
}
lists.one(
  'refuses more members than it compares',
  sent(`GET /notes?${'title.in=a&'.repeat(101)}`),
  { status: 422 },
)
lists.steps('[ASVS 15.3.1] never answers a hidden column', ...three, [
  sent('GET /notes'),
  { status: 200, lacks: 'hidden' },
])
for (const value of [
  "' OR '1'='1",
  '"; DROP TABLE notes; --',
  "'); DELETE FROM notes; --",
  '\\',
  '%',
  '_',
  "a' UNION SELECT 1 --",
  '\u0001',
  '🎈',
]) {
  lists.steps(
    `[ASVS 1.2.4] [family 21] takes ${JSON.stringify(value)} for a plain title`,
    [sent('POST /notes', { title: value.slice(0, 20) }), created],
    [
      sent(`GET /notes?title=${encodeURIComponent(value.slice(0, 20))}`),
      { status: 200, json: { items: [{ title: value.slice(0, 20) }] } },
    ],
  )
  lists.steps(`[ASVS 1.2.4] [family 21] finds nothing by ${JSON.stringify(value)}`, ...three, [
    sent(`GET /notes?title=${encodeURIComponent(value)}`),
    { status: 200, json: { items: [] } },
  ])
}

// Versions and conditions.
const versions = topic('Versions of rows', { rows: true })
export const versionCases = versions.cases
versions.steps('knows a row again', note, [
  sent('GET /notes/{id}', undefined, { 'if-none-match': '{etag}' }),
  { status: 304 },
])
versions.steps(
  'tells that a row is another by now',
  note,
  [sent('PATCH /notes/{id}', { stars: 1 }), { status: 200 }],
  [sent('GET /notes/{id}', undefined, { 'if-none-match': '{etag}' }), { status: 200 }],
)
for (const [line, body, status] of [
  ['PUT', { title: 'b' }, 200],
  ['PATCH', { stars: 1 }, 200],
  ['DELETE', undefined, 204],
] as const) {
  versions.steps(`[ASVS 15.4.2] ${line} changes the version that is meant`, note, [
    sent(`${line} /notes/{id}`, body, { 'if-match': '{etag}' }),
    { status },
  ])
  versions.steps(
    `[ASVS 15.4.2] ${line} changes no other version`,
    note,
    [sent('PATCH /notes/{id}', { stars: 5 }), { status: 200 }],
    [
      sent(`${line} /notes/{id}`, body, { 'if-match': '{etag}' }),
      { status: 412, code: 'precondition_failed' },
    ],
    [sent('GET /notes/{id}'), { status: 200, json: { stars: 5, version: 2 } }],
  )
  versions.steps(`${line} takes any version for *`, note, [
    sent(`${line} /notes/{id}`, body, { 'if-match': '*' }),
    { status },
  ])
  versions.steps(`${line} refuses a condition that is none`, note, [
    sent(`${line} /notes/{id}`, body, { 'if-match': 'x' }),
    { status: 400, code: 'invalid_precondition' },
  ])
  versions.steps(`${line} finds no row that is missing for *`, [
    sent(`${line} /notes/{other}`, body, { 'if-match': '*' }),
    gone,
  ])
  versions.steps(`[ASVS 15.4.2] ${line} asks for a version where it must`, draft, [
    sent(`${line} /drafts/{id}`, body),
    { status: 428, code: 'precondition_required' },
  ])
  versions.steps(`${line} is content with the version where it must`, draft, [
    sent(`${line} /drafts/{id}`, body, { 'if-match': '{etag}' }),
    { status },
  ])
}
versions.steps(
  'creates by PUT only where there is none',
  [sent('PUT /folders/{other}', { title: 'a' }, { 'if-none-match': '*' }), { status: 201 }],
  [sent('PUT /folders/{other}', { title: 'b' }, { 'if-none-match': '*' }), { status: 412 }],
)
versions.steps(
  'takes a version in the body of a patch',
  note,
  [sent('PATCH /notes/{id}', { stars: 1, version: 1 }), { status: 200 }],
  [sent('PATCH /notes/{id}', { stars: 1, version: 1 }), { status: 409, code: 'version_conflict' }],
)

// Many at once.
const bulk = topic('Many rows', { rows: true })
export const bulkCases = bulk.cases
const many = [
  sent('POST /notes/bulk', [{ title: 'a' }, { title: 'b' }]),
  { status: 201, json: { items: [{ title: 'a' }, { title: 'b' }] } },
  { id: 'body items.0.id', second: 'body items.1.id' },
] as const
bulk.steps('creates many', many, [sent('GET /notes'), { status: 200, json: { items: [{}, {}] } }])
bulk.steps('changes many', many, [
  sent('PATCH /notes/bulk', [
    { id: '{id}', patch: { stars: 1 } },
    { id: '{second}', patch: { stars: 2 } },
  ]),
  { status: 200, json: { items: [{ stars: 1 }, { stars: 2 }] } },
])
bulk.steps(
  'deletes many',
  many,
  [sent('DELETE /notes/bulk?id={id}&id={second}'), { status: 204 }],
  [sent('GET /notes'), { status: 200, json: { items: [] } }],
)
bulk.steps(
  '[ASVS 2.3.3] creates none when one is refused',
  [sent('POST /notes/bulk', [{ title: 'a' }, { title: '' }]), invalid('body.1.title')],
  [sent('GET /notes'), { status: 200, json: { items: [] } }],
)
bulk.steps(
  '[ASVS 2.3.3] changes none when one is missing',
  many,
  [
    sent('PATCH /notes/bulk', [
      { id: '{id}', patch: { stars: 1 } },
      { id: '{other}', patch: { stars: 2 } },
    ]),
    { status: 404 },
  ],
  [sent('GET /notes/{id}'), { status: 200, json: { stars: 0 } }],
)
bulk.steps(
  '[ASVS 2.3.3] deletes none when one is missing',
  many,
  [sent('DELETE /notes/bulk?id={id}&id={other}'), { status: 404 }],
  [sent('GET /notes/{id}'), { status: 200 }],
)
for (const [line, body] of [
  ['POST', Array.from({ length: 4 }, () => ({ title: 'a' }))],
  ['PATCH', Array.from({ length: 4 }, () => ({ id: '{other}', patch: {} }))],
  ['POST', {}],
  ['PATCH', {}],
  ['POST', [[]]],
  ['PATCH', [{ patch: {} }]],
  ['PATCH', [{ id: '{other}', patch: {}, owner: 'x' }]],
  ['POST', [{ title: 'a', owner: '{other}' }]],
  ['PATCH', [{ id: '{other}', patch: { secret: 'x' } }]],
] as const) {
  bulk.one(
    `[ASVS 15.2.2] refuses ${line} of ${JSON.stringify(body).slice(0, 60)}`,
    sent(`${line} /notes/bulk`, body),
    { status: 422, code: 'invalid_input' },
  )
}
bulk.one(
  '[ASVS 15.2.2] deletes no more than allowed',
  sent(`DELETE /notes/bulk?${'id={other}&'.repeat(4)}`),
  { status: 422 },
)
bulk.one('deletes none without an id', sent('DELETE /notes/bulk'), { status: 422 })

// Keys.
const keys = topic('Idempotency keys', { rows: true })
export const keyCases = keys.cases
const keyed = (body: unknown, key: string, headers: Sent['headers'] = {}) =>
  sent('POST /notes', body, { 'idempotency-key': key, ...headers })
keys.steps(
  '[ASVS 15.4.2] answers the same request with the first answer',
  [
    keyed({ title: 'a' }, '"k1"'),
    { status: 201, headers: { 'idempotency-replayed': false } },
    { id: 'body id', etag: 'header etag' },
  ],
  [
    keyed({ title: 'a' }, '"k1"'),
    {
      status: 201,
      json: { id: '{id}' },
      headers: { etag: '{etag}', location: '/notes/{id}', 'idempotency-replayed': 'true' },
    },
  ],
  [sent('GET /notes?total=true'), { status: 200, json: { total: 1 } }],
)
keys.steps(
  'knows a request again in another spelling',
  [keyed('{"title":"a","stars":1}', 'k'), created, { id: 'body id' }],
  [keyed('{ "stars":1, "title":"\\u0061" }', 'k'), { status: 201, json: { id: '{id}' } }],
)
keys.steps(
  'takes a quoted and a bare key for one',
  [keyed({ title: 'a' }, 'k'), created, { id: 'body id' }],
  [keyed({ title: 'a' }, '"k"'), { status: 201, json: { id: '{id}' } }],
)
keys.steps(
  'refuses a key for another request',
  [keyed({ title: 'a' }, 'k'), created],
  [keyed({ title: 'b' }, 'k'), { status: 422, code: 'idempotency_mismatch' }],
)
keys.steps(
  'keeps the keys of operations apart',
  [keyed({ title: 'a' }, 'k'), created, { id: 'body id' }],
  [
    sent('PATCH /notes/{id}', { stars: 1 }, { 'idempotency-key': 'k' }),
    { status: 200, headers: { 'idempotency-replayed': false } },
  ],
)
keys.steps(
  '[ASVS 8.2.2] keeps the keys of callers apart',
  [keyed({ title: 'a' }, 'k'), created],
  [
    keyed({ title: 'a' }, 'k', theirs),
    { status: 201, json: { owner: '{other}' }, headers: { 'idempotency-replayed': false } },
  ],
)
keys.steps(
  'tries a refused request again',
  [keyed({ title: '' }, 'k'), { status: 422 }],
  [keyed({ title: 'a' }, 'k'), created],
)
for (const [method, body] of [
  ['PUT', { title: 'b' }],
  ['PATCH', { stars: 1 }],
  ['DELETE', undefined],
] as const) {
  keys.steps(
    `answers ${method} again`,
    note,
    [
      sent(`${method} /notes/{id}`, body, { 'idempotency-key': 'k' }),
      { status: method === 'DELETE' ? 204 : 200, headers: { 'idempotency-replayed': false } },
    ],
    [
      sent(`${method} /notes/{id}`, body, { 'idempotency-key': 'k' }),
      { status: method === 'DELETE' ? 204 : 200, headers: { 'idempotency-replayed': 'true' } },
    ],
  )
}
for (const key of [
  '',
  '""',
  '"',
  '"a',
  'a b',
  'ä',
  `"${'x'.repeat(256)}"`,
  'x'.repeat(256),
  'a, b',
  "'a'",
  '"a\\b"',
  '{a}',
]) {
  keys.one(`refuses the key ${JSON.stringify(key.slice(0, 12))}`, keyed({ title: 'a' }, key), {
    status: 400,
    code: 'invalid_idempotency_key',
  })
}
