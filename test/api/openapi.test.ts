import {
  anyone,
  content,
  type MountOptions,
  operation,
  resource,
  role,
  rowSchema,
} from 'plinth/api'
import type { Database } from 'plinth/data'
import type { OperationTree } from 'plinth/http'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
      responses: { 200: content('text/csv') },
      handler: () => ({ status: 200, body: '' }),
    })
    const { paths } = await describeTree({ csv })
    expect(Object.keys(paths['/csv'].get.responses[200].content)).toEqual(['text/csv'])
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

  it('shows what is written as text, never as markup', async () => {
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
