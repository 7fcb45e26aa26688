import {
  anyone,
  bytes,
  content,
  download,
  events,
  file,
  form,
  json,
  lines,
  type MountOptions,
  multipart,
  operation,
  resource,
  role,
  rowSchema,
  text,
} from 'plinth/api'
import type { Database } from 'plinth/data'
import { type OperationTree, rateLimit } from 'plinth/http'
import { personal, secret } from 'plinth/kernel'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { app, database, send } from './fixture.ts'
import { countries, notes, people } from './tables.ts'

let db: Database

beforeAll(async () => {
  db = await database([people, notes, countries])
})

afterAll(() => db.close())

async function describeTree(tree: OperationTree, options: Partial<MountOptions> = {}) {
  const { body } = await send(app(tree, { database: db, ...options }), 'GET /openapi.json')
  return body
}

function answering(schema: v.GenericSchema) {
  return operation({
    method: 'GET',
    path: '/x',
    responses: { 200: schema },
    handler: () => ({ status: 200, body: undefined }),
  })
}

function taking(body: v.GenericSchema) {
  return operation({
    method: 'POST',
    path: '/x',
    body,
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  })
}

describe('the OpenAPI document', () => {
  it('names operations by their place in the tree', async () => {
    const list = answering(v.string())
    const { paths } = await describeTree({ a: { b: { list } } })
    expect(paths['/x'].get).toMatchObject({ operationId: 'a.b.list', tags: ['a'] })
  })

  it('says what the API is', async () => {
    const about = { title: 'Shop', version: '2.1.0', about: 'Sells.' }
    const { openapi, info, servers } = await describeTree({}, about)
    expect({ openapi, info, servers }).toEqual({
      openapi: '3.1.0',
      info: { title: 'Shop', version: '2.1.0', description: 'Sells.' },
      servers: [{ url: '/' }],
    })
  })

  it('writes the row of a table once and refers to it', async () => {
    const latest = answering(v.nullable(rowSchema(notes)))
    const { paths, components } = await describeTree({ notes: resource(notes), latest })
    const row = { $ref: '#/components/schemas/notes' }
    const schemaOf = (responses: Record<string, unknown>, status: number) =>
      (responses[status] as { content: Record<string, { schema: unknown }> }).content[
        'application/json'
      ]?.schema
    expect(schemaOf(paths['/notes'].get.responses, 200)).toMatchObject({
      properties: { items: { type: 'array', items: row } },
    })
    expect(schemaOf(paths['/notes'].post.responses, 201)).toEqual(row)
    expect(schemaOf(paths['/notes/{id}'].get.responses, 200)).toEqual(row)
    expect(schemaOf(paths['/x'].get.responses, 200)).toEqual({ anyOf: [row, { type: 'null' }] })
    expect(components.schemas.notes).toMatchObject({
      required: Object.keys(notes.columns),
      properties: {
        id: { type: 'string', format: 'uuid' },
        title: { type: 'string', minLength: 1, maxLength: 20 },
        stars: { type: 'integer', minimum: 0 },
        weight: { anyOf: [{ type: 'number' }, { type: 'null' }] },
        size: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        due: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
        seal: { anyOf: [{ type: 'string', contentEncoding: 'base64' }, { type: 'null' }] },
      },
    })
  })

  it('leaves out of a body what the server fills', async () => {
    const { paths } = await describeTree({ notes: resource(notes) })
    const schema = paths['/notes'].post.requestBody.content['application/json'].schema
    expect(Object.keys(schema.properties)).toEqual([
      'title',
      'stars',
      'weight',
      'size',
      'pinned',
      'due',
      'labels',
      'seal',
    ])
    expect(schema).toMatchObject({ required: ['title'], additionalProperties: false })
    expect(schema.properties).toMatchObject({
      stars: { default: 0 },
      weight: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      size: { type: 'string' },
    })
    const patch = paths['/notes/{id}'].patch.requestBody.content['application/json'].schema
    expect(patch).toMatchObject({ required: [], additionalProperties: false })
    // Null brings a column back to its default, which is therefore not said here.
    const { anyOf } = patch.properties.stars
    expect(anyOf).toEqual([{ type: 'integer', minimum: 0 }, { type: 'null' }])
  })

  it('gives parameters the meaning that the schema reads from their text', async () => {
    const search = operation({
      method: 'GET',
      path: '/x/:page',
      params: v.object({ page: v.pipe(v.string(), v.toNumber(), v.integer()) }),
      query: v.object({
        limit: v.optional(v.pipe(v.string(), v.toNumber(), v.integer(), v.maxValue(9)), '5'),
        tags: v.optional(v.array(v.string())),
        at: v.pipe(v.string(), v.toDate()),
        odd: v.optional(
          v.pipe(
            v.string(),
            v.transform((text) => text.length),
          ),
        ),
      }),
      headers: v.object({ 'x-trace': v.pipe(v.string(), v.description('Whose.')) }),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const { paths } = await describeTree({ search })
    expect(paths['/x/{page}'].get.parameters).toEqual([
      { name: 'page', in: 'path', required: true, schema: { type: 'integer' } },
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', maximum: 9, default: 5 },
      },
      {
        name: 'tags',
        in: 'query',
        required: false,
        schema: { type: 'array', items: { type: 'string' } },
      },
      {
        name: 'at',
        in: 'query',
        required: true,
        schema: { type: 'string', format: 'date-time' },
      },
      { name: 'odd', in: 'query', required: false, schema: { type: 'string' } },
      {
        name: 'x-trace',
        in: 'header',
        required: true,
        description: 'Whose.',
        schema: { type: 'string' },
      },
    ])
  })

  it('says who may call', async () => {
    const spec = { method: 'GET', responses: { 204: null } } as const
    const handler = () => ({ status: 204 }) as const
    const { paths } = await describeTree({
      open: operation({ ...spec, path: '/open', guard: anyone, handler }),
      own: operation({ ...spec, path: '/own', handler }),
      staff: operation({ ...spec, path: '/staff', guard: role('staff'), handler }),
    })
    const either = [{ cookie: [] }, { bearer: [] }]
    expect(paths['/open'].get).toMatchObject({ security: [], 'x-guard': 'anyone' })
    expect(paths['/own'].get).toMatchObject({ security: either, 'x-guard': 'signed in' })
    expect(paths['/staff'].get).toMatchObject({ security: either, 'x-guard': 'role staff' })
    const problems = (path: string) => Object.keys(paths[path].get.responses)
    expect(problems('/open')).toEqual(['204', '400', '422', '503', 'default'])
    expect(problems('/own')).toEqual(['204', '400', '401', '422', '503', 'default'])
    expect(problems('/staff')).toEqual(['204', '400', '401', '403', '422', '503', 'default'])
  })

  it('offers the key of an operation that honours one', async () => {
    const { paths } = await describeTree({ notes: resource(notes, { idempotent: true }) })
    const [key] = paths['/notes'].post.parameters
    expect(key).toMatchObject({ name: 'Idempotency-Key', in: 'header', required: false })
    expect(paths['/notes/{id}'].patch.parameters).toContainEqual(key)
    expect(paths['/notes/{id}'].get.parameters).toHaveLength(1)
  })

  it('may hold shapes that hold themselves', async () => {
    interface Tree {
      kids: Tree[]
    }
    const tree: v.GenericSchema<Tree> = v.object({ kids: v.array(v.lazy(() => tree)) })
    const { paths, components } = await describeTree({ give: answering(tree) })
    const { schema } = paths['/x'].get.responses[200].content['application/json']
    const { $ref } = schema.properties.kids.items
    const named = components.schemas[$ref.replace('#/components/schemas/', '')]
    expect(named.properties.kids.items).toEqual({ $ref })
  })

  it('closes what is taken and leaves open what is given', async () => {
    const schema = v.object({ a: v.object({ b: v.string() }) })
    const { paths } = await describeTree({ take: taking(schema), give: answering(schema) })
    const taken = paths['/x'].post.requestBody.content['application/json'].schema
    const given = paths['/x'].get.responses[200].content['application/json'].schema
    expect(taken).toMatchObject({
      additionalProperties: false,
      properties: { a: { additionalProperties: false } },
    })
    expect(JSON.stringify(given)).not.toContain('additionalProperties')
  })

  it('leaves out what has no words rather than failing', async () => {
    const schema = v.object({
      checked: v.pipe(
        v.string(),
        v.check(() => true),
        v.transform((text) => text.length),
      ),
      custom: v.custom<string>(() => true),
      map: v.optional(v.map(v.string(), v.string())),
    })
    const { paths } = await describeTree({ take: taking(schema) })
    const taken = paths['/x'].post.requestBody.content['application/json'].schema
    expect(taken.properties).toEqual({ checked: { type: 'string' }, custom: {}, map: {} })
  })

  it('refers to nothing that is not there', async () => {
    const document = await describeTree({
      notes: resource(notes),
      countries: resource(countries),
      people: resource(people),
    })
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)
    const dangling = [...references].filter(([, path = '']) => {
      const found = path
        .split('/')
        .reduce((part: Record<string, unknown>, name) => (part?.[name] ?? {}) as never, document)
      return Object.keys(found).length === 0
    })
    expect(dangling).toEqual([])
  })

  it('names other media types', async () => {
    const csv = operation({
      method: 'GET',
      path: '/csv',
      responses: { 200: content('text/csv', 'application/x-any') },
      handler: () => ({ status: 200, body: '' }),
    })
    const { paths } = await describeTree({ csv })
    expect(paths['/csv'].get.responses[200].content).toEqual({
      'text/csv': { schema: { type: 'string' } },
      'application/x-any': { schema: {} },
    })
  })
})

describe('the OpenAPI document of one operation', () => {
  const plain = { method: 'POST', path: '/x', guard: anyone, responses: { 204: null } } as const
  const handler = () => ({ status: 204 }) as const

  async function described(spec: object, options: Partial<MountOptions> = {}) {
    // What is put together here is checked when it is mounted.
    const x = operation({ ...plain, handler, ...spec } as Parameters<typeof operation>[0])
    const { paths, tags, components, info } = await describeTree({ x }, options)
    const [[, given]] = Object.entries(paths['/x']) as [[string, Record<string, never>]]
    return { given: given as never as ReturnType<typeof JSON.parse>, tags, components, info }
  }

  it.each<[string, object, object]>([
    [
      'form',
      form(v.object({ n: v.pipe(v.string(), v.toNumber()), tag: v.optional(v.string()) })),
      {
        'application/x-www-form-urlencoded': {
          schema: { properties: { n: { type: 'number' } }, required: ['n'] },
        },
      },
    ],
    [
      'text',
      text({ mediaType: 'text/markdown' }),
      { 'text/markdown': { schema: { type: 'string' } } },
    ],
    [
      'bytes',
      bytes({ mediaTypes: ['image/png', 'image/gif'] }),
      { 'image/png': {}, 'image/gif': {} },
    ],
    [
      'json',
      json(v.string(), { mediaTypes: ['application/merge-patch+json'] }),
      { 'application/merge-patch+json': { schema: { type: 'string' } } },
    ],
    [
      'multipart',
      multipart({
        fields: v.object({ title: v.string() }),
        files: {
          photo: file({ maxBytes: 9, mediaTypes: ['image/png'] }),
          more: file({ maxBytes: 9, many: 2, optional: true }),
        },
      }),
      {
        'multipart/form-data': {
          schema: {
            properties: { title: { type: 'string' }, more: { type: 'array', maxItems: 2 } },
            required: ['title', 'photo'],
          },
          encoding: { photo: { contentType: 'image/png' }, more: { contentType: '*/*' } },
        },
      },
    ],
  ])('describes a body of %s', async (_, body, content) => {
    const { given } = await described({ body, transaction: false })
    expect(given.requestBody).toMatchObject({ required: true, content })
    expect(Object.keys(given.requestBody.content)).toEqual(Object.keys(content))
    expect(given.responses[415].$ref).toContain('UnsupportedMediaType')
  })

  it('says when a body may be left out', async () => {
    const { given } = await described({ body: v.optional(v.object({})) })
    expect(given.requestBody.required).toBe(false)
  })

  it('describes cookies as parameters', async () => {
    const { given } = await described({ cookies: v.object({ theme: v.optional(v.string()) }) })
    expect(given.parameters).toEqual([
      { name: 'theme', in: 'cookie', required: false, schema: { type: 'string' } },
    ])
  })

  it('describes streams by what each of their values is', async () => {
    for (const [kind, type] of [
      [events, 'text/event-stream'],
      [lines, 'application/x-ndjson'],
    ] as const) {
      const { given } = await described({
        method: 'GET',
        responses: { 200: kind(v.object({ at: v.date() })) },
      })
      const { schema } = given.responses[200].content[type]
      expect(schema['x-item-schema'].properties.at).toEqual({ type: 'string', format: 'date-time' })
    }
  })

  it('describes the parts, versions and refusals of a file', async () => {
    const { given } = await described({ method: 'GET', responses: { 200: download('text/csv') } })
    expect(Object.keys(given.responses)).toEqual(
      expect.arrayContaining(['200', '206', '304', '406', '412', '416']),
    )
    expect(given.responses[206].headers).toHaveProperty('Content-Range')
    expect(given.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'If-None-Match',
      'Range',
      'If-Range',
    ])
  })

  it('tells of limits, also of those of the app', async () => {
    const limit = rateLimit({ limit: 5, window: 1000 })
    const own = await described({ limits: [limit] })
    const apps = await described({}, { limits: { requests: [limit] } })
    const neither = await described({ essential: true }, { limits: { requests: [limit] } })
    for (const { given } of [own, apps]) {
      expect(given.responses[429].$ref).toContain('TooManyRequests')
      expect(given.responses[204].headers).toHaveProperty('RateLimit')
      expect(given.description).toContain('At most 5 in 1 s.')
    }
    expect(neither.given.responses).not.toHaveProperty('429')
    expect(own.components.responses.TooManyRequests.headers).toHaveProperty('Retry-After')
  })

  it('tells since when an operation is deprecated', async () => {
    const { given } = await described({ deprecated: { since: '2026-01-01', sunset: '2027-01-01' } })
    expect(given).toMatchObject({
      deprecated: true,
      description: expect.stringContaining('since 2026-01-01; may be gone after 2027-01-01'),
    })
    expect(Object.keys(given.responses[204].headers)).toEqual(['Deprecation', 'Sunset'])
  })

  it('names the codes that the handler throws, beside those of the server', async () => {
    const { given } = await described({ errors: { 402: ['no_money'], 409: ['sold_out'] } })
    expect(given.responses[402].description).toContain('`no_money`')
    expect(given.responses[409].description).toMatch(/`sold_out`.*`conflict`/)
    const both = await described({ responses: { 204: null, 409: v.object({ why: v.string() }) } })
    expect(Object.keys(both.given.responses[409].content)).toEqual([
      'application/json',
      'application/problem+json',
    ])
  })

  it('shows examples as they go over the wire', async () => {
    const { given } = await described({
      path: '/x',
      query: v.object({ n: v.pipe(v.string(), v.toNumber()) }),
      body: v.object({ a: v.string() }),
      responses: { 200: v.object({ at: v.date() }) },
      examples: {
        'the first': {
          query: { n: '5' },
          body: { a: 'b' },
          response: { status: 200, body: { at: new Date(0) } },
        },
      },
    })
    const shown = (value: unknown) => ({ 'the-first': { summary: 'the first', value } })
    expect(given.parameters[0].examples).toEqual(shown(5))
    expect(given.requestBody.content['application/json'].examples).toEqual(shown({ a: 'b' }))
    expect(given.responses[200].content['application/json'].examples).toEqual(
      shown({ at: '1970-01-01T00:00:00.000Z' }),
    )
  })

  it('describes schemas of other libraries', async () => {
    const { given } = await described({
      query: z.object({ page: z.coerce.number().int().optional() }),
      body: z.object({ name: z.string().max(9) }),
      responses: { 200: z.object({ ok: z.boolean() }) },
    })
    expect(given.parameters).toMatchObject([
      { name: 'page', in: 'query', required: false, schema: { type: 'integer' } },
    ])
    expect(given.requestBody.content['application/json'].schema).toMatchObject({
      properties: { name: { maxLength: 9 } },
      required: ['name'],
    })
    expect(given.responses[200].content['application/json'].schema).toMatchObject({
      properties: { ok: { type: 'boolean' } },
    })
  })

  it('says whose it is, and what its tags are for', async () => {
    const options = {
      contact: { email: 'help@example.org' },
      license: { name: 'MIT' },
      termsOfService: 'https://example.org/terms',
      tags: { goods: 'What is sold.' },
    }
    const { info, tags } = await described({ tags: ['goods', 'other'] }, options)
    const { tags: _, ...said } = options
    expect(info).toMatchObject(said)
    expect(tags).toEqual([
      { name: 'goods', description: 'What is sold.' },
      { name: 'other', description: 'The operations on other.' },
    ])
  })

  it('names the cookie that signs in, where any operation asks for one', async () => {
    const secured = await described({ guard: role('staff') }, { cookie: '__Host-shop' })
    expect(secured.components.securitySchemes.cookie.name).toBe('__Host-shop')
    expect((await described({})).components).not.toHaveProperty('securitySchemes')
  })
})

describe('the description', () => {
  it('lists the routes by name', async () => {
    const tested = app({ notes: resource(notes, { only: ['list', 'get'] }) }, { database: db })
    expect((await send(tested, 'GET /operations.json')).body).toEqual({
      'notes.list': ['GET', '/notes', { answers: { 200: 'json' } }],
      'notes.get': ['GET', '/notes/:id', { answers: { 200: 'json' } }],
    })
  })

  it('can be left out', async () => {
    const tested = app({}, { database: db, describe: false })
    for (const path of ['/operations.json', '/openapi.json', '/reference']) {
      expect((await send(tested, `GET ${path}`)).status).toBe(404)
    }
  })

  it('does not describe itself', async () => {
    expect((await describeTree({})).paths).toEqual({})
  })
})

describe('the reference page', () => {
  async function page(tree: OperationTree, options: Partial<MountOptions> = {}) {
    return send(app(tree, { database: db, ...options }), 'GET /reference')
  }

  it('shows every operation', async () => {
    const { headers, text } = await page({ notes: resource(notes), countries: resource(countries) })
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    for (const name of ['notes', 'countries']) {
      for (const verb of ['list', 'get', 'create', 'update', 'delete']) {
        expect(text).toContain(`id="${name}.${verb}"`)
      }
    }
  })

  it('counts one character as one', async () => {
    const named = operation({
      method: 'POST',
      path: '/named',
      body: v.object({
        first: v.pipe(v.string(), v.minLength(1)),
        last: v.pipe(v.string(), v.minLength(2)),
      }),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const { text } = await page({ named })
    expect(text).toMatch(/at least 1 character\b/)
    expect(text).toMatch(/at least 2 characters\b/)
  })

  it('loads nothing and runs only its own script', async () => {
    const { headers, text } = await page({ notes: resource(notes) })
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(text).not.toMatch(/<(link|img|iframe|script src)/)
    for (const [tag, directive] of [
      ['script', 'script-src'],
      ['style', 'style-src'],
    ]) {
      const source = text.match(new RegExp(`<${tag}>([^]*)</${tag}>`))?.[1] ?? ''
      const bytes = new TextEncoder().encode(source)
      const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('base64')
      expect(policy).toContain(`${directive} 'sha256-${digest}'`)
    }
  })

  it('shows how an operation is called, streamed and left', async () => {
    const upload = operation({
      method: 'POST',
      path: '/upload',
      transaction: false,
      body: multipart({
        fields: v.object({ title: v.string() }),
        files: { a: file({ maxBytes: 9 }) },
      }),
      responses: { 204: null },
      deprecated: { since: '2026-01-01' },
      handler: () => ({ status: 204 }),
    })
    const ticks = operation({
      method: 'GET',
      path: '/ticks',
      guard: anyone,
      responses: { 200: events(v.object({ n: v.number() })) },
      handler: () => ({ status: 200, body: (async function* () {})() }),
    })
    const { text: shown } = await page({ upload, ticks })
    expect(shown).toContain('-F &#39;title=text&#39;')
    expect(shown).toContain('-F &#39;a=@FILE&#39;')
    expect(shown).toContain('await api.upload({')
    expect(shown).toContain('Deprecated since 2026-01-01')
    expect(shown).toContain('stream of object')
    expect(shown).toContain('curl -N')
  })

  it('[ASVS 1.1.2] [ASVS 1.2.1] [ASVS 1.2.3] shows what is written as text, never as markup', async () => {
    const attack = '</script><script>alert(1)</script><img src=x onerror="alert(1)">\'"'
    const odd = operation({
      method: 'POST',
      path: '/odd',
      summary: attack,
      description: attack,
      tags: [attack],
      body: v.object({ [attack]: v.pipe(v.optional(v.string(), attack), v.description(attack)) }),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const { text } = await page({ odd }, { title: attack, about: attack })
    expect(text).not.toContain('<img')
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text).not.toContain('onerror="')
  })
})

it('tells nobody which fields are marked', async () => {
  const note = v.object({ text: personal(v.string()), key: secret(v.string()) })
  const echo = operation({
    method: 'POST',
    path: '/echo',
    guard: anyone,
    body: note,
    responses: { 200: note },
    handler: ({ body }) => ({ status: 200, body }),
  })
  const document = await describeTree({ echo })
  expect(JSON.stringify(document)).not.toMatch(/mark|personal|secret/)
})
