import { type } from 'arktype'
import {
  anyone,
  createStandardWriter,
  defineOperation,
  type Operation,
  parse,
  type Schema,
  type SchemaResult,
} from 'plinth/http'
import type { Issue } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { appOf, record, send } from './send.ts'

const define = defineOperation()
const Given = v.looseObject({})

/** An operation that takes this body and answers with what it was given. */
function echo(body: Schema): Operation {
  return define({
    method: 'POST',
    path: '/echo',
    body,
    responses: { 200: Given },
    guard: anyone,
    handler: ({ body }) => ({ status: 200, body: { got: body } }),
  })
}

async function post(schema: Schema, json: unknown): Promise<{ status: number; body: unknown }> {
  const { status, body } = await send(appOf(echo(schema)), 'POST /echo', { json })
  return { status, body }
}

async function issuesOf(schema: Schema, json: unknown): Promise<readonly Issue[]> {
  const { status, body } = await post(schema, json)
  expect(status).toBe(422)
  return (body as { issues: Issue[] }).issues
}

const libraries = {
  valibot: {
    plain: v.object({ title: v.string(), lines: v.optional(v.array(v.object({ n: v.number() }))) }),
    search: v.object({ q: v.string(), tag: v.optional(v.array(v.string())) }),
    id: v.object({ id: v.string() }),
    union: v.variant('kind', [
      v.object({ kind: v.literal('a'), x: v.string() }),
      v.object({ kind: v.literal('b'), y: v.string() }),
    ]),
    nullable: v.object({ inner: v.nullable(v.object({ n: v.number() })) }),
    open: v.record(v.string(), v.object({ n: v.number() })),
    tuple: v.object({ pair: v.tuple([v.string(), v.object({ n: v.number() })]) }),
  },
  zod: {
    plain: z.object({ title: z.string(), lines: z.array(z.object({ n: z.number() })).optional() }),
    search: z.object({ q: z.string(), tag: z.array(z.string()).optional() }),
    id: z.object({ id: z.string() }),
    union: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), x: z.string() }),
      z.object({ kind: z.literal('b'), y: z.string() }),
    ]),
    nullable: z.object({ inner: z.object({ n: z.number() }).nullable() }),
    open: z.record(z.string(), z.object({ n: z.number() })),
    tuple: z.object({ pair: z.tuple([z.string(), z.object({ n: z.number() })]) }),
  },
  arktype: {
    plain: type({ title: 'string', 'lines?': type({ n: 'number' }).array() }),
    search: type({ q: 'string', 'tag?': 'string[]' }),
    id: type({ id: 'string' }),
    union: type({ kind: "'a'", x: 'string' }).or({ kind: "'b'", y: 'string' }),
    nullable: type({ inner: type({ n: 'number' }).or('null') }),
    open: type({ '[string]': type({ n: 'number' }) }),
    tuple: type({ pair: ['string', { n: 'number' }] }),
  },
} satisfies Record<string, Record<string, Schema>>

describe.each(Object.entries(libraries))('schemas of %s', (_library, schemas) => {
  it('give the handler what they read', async () => {
    const json = { title: 'a', lines: [{ n: 1 }] }
    expect(await post(schemas.plain, json)).toEqual({ status: 200, body: { got: json } })
  })

  it.each([
    ['plain', { title: 'a', role: 'admin' }, ['body.role']],
    ['plain', { title: 'a', lines: [{ n: 1 }, { n: 1, price: 0 }] }, ['body.lines.1.price']],
    ['plain', { title: 'a', constructor: 1 }, ['body.constructor']],
    ['union', { kind: 'a', x: '1', y: '2' }, ['body.y']],
    ['nullable', { inner: { n: 1, m: 2 } }, ['body.inner.m']],
    ['open', { any: { n: 1, m: 2 } }, ['body.any.m']],
    ['tuple', { pair: ['a', { n: 1, m: 2 }] }, ['body.pair.1.m']],
  ] as const)('[ASVS 15.3.3] refuse unknown keys in %s of %j', async (name, json, paths) => {
    const issues = await issuesOf(schemas[name], json)
    expect(issues).toEqual(paths.map((path) => ({ path, message: 'Unknown key' })))
  })

  it.each([
    ['union', { kind: 'b', y: '2' }],
    ['nullable', { inner: null }],
    ['open', { any: { n: 1 }, other: { n: 2 } }],
    ['tuple', { pair: ['a', { n: 1 }] }],
  ] as const)('take %s of %j', async (name, json) => {
    expect(await post(schemas[name], json)).toEqual({ status: 200, body: { got: json } })
  })

  it('tell all that is wrong and never what was sent', async () => {
    const secret = 'hunter2-secret'
    const issues = await issuesOf(schemas.plain, { title: { secret }, lines: [{ n: secret }] })
    expect(issues.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['body.title', 'body.lines.0.n']),
    )
    for (const { message } of issues) expect(message).not.toContain(secret)
  })

  it('read values elsewhere as operations do', () => {
    expect(parse(schemas.plain, { title: 'a' })).toEqual({ title: 'a' })
    expect(() => parse(schemas.plain, { title: 'a', b: 1 })).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        details: { issues: [{ path: 'b', message: 'Unknown key' }] },
      }),
    )
  })

  it('name params and lists of a query', async () => {
    const app = appOf(
      define({
        method: 'GET',
        path: '/notes/:id',
        params: schemas.id as Schema,
        query: schemas.search as Schema,
        responses: { 200: Given },
        guard: anyone,
        handler: ({ params, query }) => ({ status: 200, body: { params, query } }),
      }),
    )
    expect((await send(app, 'GET /notes/1?q=a&tag=b')).body).toEqual({
      params: { id: '1' },
      query: { q: 'a', tag: ['b'] },
    })
    expect((await send(app, 'GET /notes/1?q=a&q=b')).status).toBe(422)
    expect((await send(app, 'GET /notes/1?q=a&other=b')).body).toMatchObject({
      issues: [{ path: 'query.other', message: 'Unknown key' }],
    })
  })

  it('[ASVS 15.2.2] tell little of what is wrong with a large body', async () => {
    const wrong = Array.from({ length: 10_000 }, () => ({ n: 'x' }))
    const issues = await issuesOf(schemas.plain, { title: 'a', lines: wrong })
    expect(issues.length).toBeLessThanOrEqual(100)
    const unknown = Array.from({ length: 10_000 }, () => ({ n: 1, m: 2 }))
    const [first] = await issuesOf(schemas.plain, { title: 'a', lines: unknown })
    expect(first).toEqual({ path: 'body.lines.0.m', message: 'Unknown key' })
    const right = { title: 'a', lines: Array.from({ length: 10_000 }, () => ({ n: 1 })) }
    expect((await post(schemas.plain, right)).status).toBe(200)
  })

  it('must name the params of the path', () => {
    const operation = (path: string) =>
      define({
        method: 'GET',
        path,
        params: schemas.id as Schema,
        responses: { 204: null },
        handler: () => ({ status: 204 }),
      })
    expect(() => appOf(operation('/notes/:other'))).toThrow(/":other" has no key in params/)
    expect(() => appOf(operation('/notes'))).toThrow(/params has "id"/)
  })
})

describe('schemas of zod', () => {
  it.each([
    ['loose objects', z.looseObject({ a: z.string() }), { a: '1', b: 2 }],
    ['catchall', z.object({}).catchall(z.number()), { a: 1 }],
    ['unknown', z.object({ any: z.unknown() }), { any: { b: [1] } }],
    ['strict objects', z.strictObject({ a: z.string() }), { a: '1' }],
    ['dates from text', z.object({ at: z.coerce.date() }), { at: '2026-01-01T00:00:00.000Z' }],
    [
      'intersections',
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
      { a: '1', b: '2' },
    ],
    ['recursion', treeSchema(), { value: 1, children: [{ value: 2, children: [] }] }],
  ])('take %s', async (_name, schema, json) => {
    expect(await post(schema, json)).toEqual({ status: 200, body: { got: json } })
  })

  it.each([
    ['strict objects', z.strictObject({ a: z.string() }), { a: '1', b: 2 }, 'body.b'],
    [
      'intersections',
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
      { a: '1', b: '2', c: '3' },
      'body.c',
    ],
    [
      'recursion',
      treeSchema(),
      { value: 1, children: [{ value: 2, children: [], x: 1 }] },
      'body.children.0.x',
    ],
    ['optional bodies', z.object({ a: z.string() }).optional(), { a: '1', b: 2 }, 'body.b'],
    [
      'defaults',
      z.object({ a: z.object({ b: z.string() }).prefault({ b: '' }) }),
      { a: { c: 1 } },
      'body.a.c',
    ],
    [
      'transforms',
      z.object({ a: z.object({ n: z.string().transform(Number) }) }),
      { a: { n: '1', m: 2 } },
      'body.a.m',
    ],
  ])('refuse unknown keys in %s', async (_name, schema, json, path) => {
    expect(await issuesOf(schema, json)).toContainEqual({ path, message: 'Unknown key' })
  })

  it('run their conversions', async () => {
    const schema = z.object({ n: z.string().transform(Number), d: z.string().default('x') })
    expect((await post(schema, { n: '5' })).body).toEqual({ got: { n: 5, d: 'x' } })
  })

  it('may leave the body away when they say so', async () => {
    const { status } = await send(appOf(echo(z.object({}).optional())), 'POST /echo')
    expect(status).toBe(200)
  })

  it('give their types to handler and client', () => {
    const operation = define({
      method: 'POST',
      path: '/x',
      body: z.object({ n: z.string().transform(Number) }),
      responses: { 200: z.object({ at: z.date() }) },
      handler: ({ body }) => {
        expectTypeOf(body).toEqualTypeOf<{ n: number }>()
        return { status: 200, body: { at: new Date(body.n) } }
      },
    })
    expectTypeOf(operation).toEqualTypeOf<
      Operation<{ body: { n: string } }, { 200: { at: string } }>
    >()
  })

  it('that are asynchronous are misuse', async () => {
    const schema = z.object({ a: z.string().refine(async () => true) })
    const app = appOf(echo(schema), { signals: record().signals })
    expect((await send(app, 'POST /echo', { json: { a: '1' } })).status).toBe(500)
  })

  it('with unions within unions are read in bounded time', async () => {
    type Node = { a?: Node | { b?: Node | undefined } | undefined }
    const node: z.ZodType<Node, Node> = z.lazy(() =>
      z.object({ a: z.union([node, z.object({ b: node.optional() })]).optional() }),
    )
    let json: unknown = {}
    for (let depth = 0; depth < 30; depth++) json = { a: json }
    expect((await post(node, json)).status).toBe(200)
  })
})

describe('schemas of arktype', () => {
  it('keep the brackets of their messages to themselves', async () => {
    const schema = type({ pin: 'string < 3', kind: "'a' | 'b'" })
    const issues = await issuesOf(schema, { pin: '8241', kind: 'zz-9' })
    expect(JSON.stringify(issues)).not.toMatch(/8241|zz-9|was/)
  })

  it('give their types to handler and client', () => {
    const operation = define({
      method: 'POST',
      path: '/x',
      body: type({ n: 'string.numeric.parse' }),
      responses: { 204: null },
      handler: ({ body }) => {
        expectTypeOf(body).toEqualTypeOf<{ n: number }>()
        return { status: 204 }
      },
    })
    expectTypeOf(operation).toEqualTypeOf<Operation<{ body: { n: string } }, { 204: undefined }>>()
  })
})

describe('a schema written by hand', () => {
  const validate = (value: unknown): SchemaResult<unknown> =>
    typeof value === 'string'
      ? { value }
      : { issues: [{ message: `${JSON.stringify(value)} is no text` }] }
  const bare: Schema = { '~standard': { version: 1, vendor: 'own', validate } }
  const told: Schema = {
    '~standard': {
      ...bare['~standard'],
      jsonSchema: { input: () => ({ type: 'string' }), output: () => ({ type: 'string' }) },
    },
  }

  it('is refused at start when it cannot tell its keys', () => {
    expect(() => appOf(echo(bare))).toThrow(
      /operation it \(POST \/echo\): body: is a schema of own that cannot tell its keys; use/,
    )
  })

  it.each([
    ['1234', 'Invalid value'],
    [{ pin: 12 }, 'Invalid value'],
    [['ab'], 'Invalid value'],
    [null, 'null is no text'],
  ])('whose message repeats %j is not quoted', async (json, message) => {
    const value = typeof json === 'string' ? Number(json) : json
    expect(await issuesOf(told, value)).toEqual([{ path: 'body', message }])
  })

  it('is taken when it can', async () => {
    expect(await post(told, 'text')).toEqual({ status: 200, body: { got: 'text' } })
  })

  it('may refer to its parts', async () => {
    const parts = {
      $ref: '#/$defs/a~1b',
      $defs: { 'a/b': { properties: { x: { $ref: '#' } }, patternProperties: { '^n': {} } } },
    }
    const schema: Schema = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: (value) => ({ value }),
        jsonSchema: { input: () => parts, output: () => parts },
      },
    }
    expect((await post(schema, { x: { x: { n1: 1 } } })).status).toBe(200)
    expect(await issuesOf(schema, { x: { x: { y: 1 } } })).toEqual([
      { path: 'body.x.x.y', message: 'Unknown key' },
    ])
  })
})

describe('the writer of an answer', () => {
  it.each([
    ['zod', z.object({ list: z.array(z.object({ a: z.string() })) })],
    ['arktype', type({ list: type({ a: 'string' }).array() })],
  ])('leaves away what a schema of %s does not declare', (_library, schema) => {
    const row = { list: [{ a: '1', password: 'x' }], password: 'x' }
    expect(createStandardWriter(schema, 'answer')(row)).toEqual({ list: [{ a: '1' }] })
    expect(row.list[0]).toHaveProperty('password')
  })

  it('names what a schema refuses without repeating it', () => {
    const write = createStandardWriter(z.object({ n: z.number() }), 'answer 200')
    expect(() => write({ n: 'secret' })).toThrow(
      'answer 200: the answer is refused by its schema at "n": Invalid input: expected number, received string',
    )
  })
})

function treeSchema(): Schema {
  interface Tree {
    value: number
    children: Tree[]
  }
  const tree: z.ZodType<Tree> = z.object({
    value: z.number(),
    get children() {
      return z.array(tree)
    },
  })
  return tree
}
