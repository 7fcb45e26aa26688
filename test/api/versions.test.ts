import { patchSchema, resource } from 'plinth/api'
import { client } from 'plinth/client'
import { type Database, id, table, version } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { app, database, send } from './fixture.ts'

const pages = table(
  'pages',
  { id: id(), title: v.pipe(v.string(), v.maxLength(20)), version: version() },
  { policy: { all: true } },
)

let db: Database
let path: string

beforeEach(async () => {
  db = await database([pages])
  path = `/pages/${(await db.system.create(pages, { title: 'One' })).id}`
})
afterEach(() => db.close())

const tested = () => app({ pages: resource(pages) }, { database: db })
const patch = (body: unknown) => send(tested(), `PATCH ${path}`, { body })

describe('the version of a row', () => {
  it('is sent with the row and raised by each change', async () => {
    expect((await send(tested(), `GET ${path}`)).body).toMatchObject({ title: 'One', version: 1 })
    expect((await patch({ title: 'Two' })).body).toMatchObject({ title: 'Two', version: 2 })
  })

  it('lets a patch through that was made from it', async () => {
    expect(await patch({ title: 'Two', version: 1 })).toMatchObject({
      status: 200,
      body: { title: 'Two', version: 2 },
    })
  })

  it('refuses a patch that was made from another', async () => {
    await patch({ title: 'Two', version: 1 })
    const stale = await patch({ title: 'Three', version: 1 })
    expect(stale.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(stale).toMatchObject({
      status: 409,
      body: { code: 'version_conflict', status: 409, expected: 1, actual: 2 },
    })
    expect((await send(tested(), `GET ${path}`)).body.title).toBe('Two')
  })

  it('lets one of many patches from the same version through', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => patch({ title: `By ${at}`, version: 1 })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const codes = answers.filter(({ status }) => status !== 200).map(({ body }) => body.code)
    expect(new Set(codes)).toEqual(new Set(['version_conflict']))
  })

  it('is a whole number from 1 on', async () => {
    for (const wrong of [0, -1, 1.5, '1', null, true, 2 ** 53]) {
      expect(await patch({ title: 'Two', version: wrong })).toMatchObject({
        status: 422,
        body: { issues: [{ path: 'body.version' }] },
      })
    }
  })

  it('cannot be set by whoever creates the row', async () => {
    const created = await send(tested(), 'POST /pages', { body: { title: 'New', version: 7 } })
    expect(created.status).toBe(422)
  })

  it('tells nothing of a row that is not there', async () => {
    const missing = '/pages/018f0000-0000-7000-8000-000000000000'
    const answer = await send(tested(), `PATCH ${missing}`, { body: { title: 'X', version: 1 } })
    expect(answer.status).toBe(404)
  })

  it('is not taken where it is readonly', async () => {
    const locked = app({ pages: resource(pages, { readonly: ['version'] }) }, { database: db })
    const answer = await send(locked, `PATCH ${path}`, { body: { title: 'Two', version: 1 } })
    expect(answer.status).toBe(422)
  })

  it('is described with the answer that refuses it', async () => {
    const { body } = await send(tested(), 'GET /openapi.json')
    const operation = body.paths['/pages/{id}'].patch
    const { properties, required = [] } = operation.requestBody.content['application/json'].schema
    expect(properties.version).toMatchObject({
      type: 'integer',
      minimum: 1,
      description: expect.stringContaining('version_conflict'),
    })
    expect(required).not.toContain('version')
    const name = operation.responses[409].$ref.split('/').at(-1)
    expect(body.components.responses[name].description).toContain('version_conflict')
    const creating = body.paths['/pages'].post.requestBody.content['application/json'].schema
    expect(Object.keys(creating.properties)).toEqual(['title'])
  })

  it('is typed as an optional number of the patch alone', () => {
    const api = client<ReturnType<typeof tested>>('https://app.test')
    type Body = NonNullable<Parameters<typeof api.pages.update>[0]['body']>
    expectTypeOf<Body>().toEqualTypeOf<{
      title?: string | undefined
      version?: number | undefined
    }>()
    type Created = Parameters<typeof api.pages.create>[0]['body']
    expectTypeOf<Created>().toEqualTypeOf<{ title: string }>()
    expectTypeOf<v.InferOutput<ReturnType<typeof versioned>>>().toEqualTypeOf<Body>()
  })
})

const versioned = () => patchSchema(pages)
