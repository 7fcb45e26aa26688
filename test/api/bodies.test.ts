import { type } from 'arktype'
import { anyone, file, form, mount, multipart, operation } from 'plinth/api'
import { id, open, table } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const ORIGIN = 'https://shop.example'
const notes = table(
  'notes',
  { id: id(), title: v.string(), secret: v.string() },
  { policy: { all: true } },
)

const tree = {
  create: operation({
    method: 'POST',
    path: '/notes',
    guard: anyone,
    body: z.object({ title: z.string().min(1) }),
    responses: { 201: type({ id: 'string', title: 'string' }) },
    handler: async ({ body, db }) => {
      const note = await db.create(notes, { ...body, secret: 'x' })
      return { status: 201, body: note }
    },
  }),
  contact: operation({
    method: 'POST',
    path: '/contact',
    guard: anyone,
    body: form(v.object({ title: v.string() })),
    responses: { 204: null },
    handler: async ({ body, db }) => {
      await db.create(notes, { ...body, secret: 'x' })
      return { status: 204 }
    },
  }),
  upload: operation({
    method: 'POST',
    path: '/upload',
    guard: anyone,
    transaction: false,
    body: multipart({
      fields: z.object({ title: z.string() }),
      files: { photo: file({ maxBytes: 1_000 }) },
    }),
    responses: { 200: z.object({ bytes: z.number() }) },
    handler: async ({ body, db }) => {
      let bytes = 0
      for await (const { stream } of body.files) {
        bytes += (await new Response(stream).arrayBuffer()).byteLength
      }
      await db.transaction((tx) => tx.create(notes, { ...body.fields, secret: 'x' }))
      return { status: 200, body: { bytes } }
    },
  }),
}

it('reads and answers by schemas of three libraries', async () => {
  const database = await open(sqlite(':memory:', [notes]))
  onTestFinished(() => database.close())
  await database.migrate()
  const app = mount(tree, { database, describe: { guard: anyone } })
  const post = (path: string, init: RequestInit) =>
    app.fetch(new Request(ORIGIN + path, { ...init, method: 'POST' }))

  const json = { 'content-type': 'application/json' }
  const created = await post('/notes', { body: '{"title":"a"}', headers: json })
  expect(created.status).toBe(201)
  expect(Object.keys(await created.json())).toEqual(['id', 'title'])
  const refused = await post('/notes', { body: '{"title":"a","secret":"b"}', headers: json })
  expect(refused.status).toBe(422)

  expect((await post('/contact', { body: new URLSearchParams({ title: 'b' }) })).status).toBe(204)

  const body = new FormData()
  body.append('title', 'c')
  body.append('photo', new Blob(['12345']))
  const uploaded = await post('/upload', { body })
  expect([uploaded.status, await uploaded.json()]).toEqual([200, { bytes: 5 }])
  const { items } = await database.system.list(notes)
  const titles = items.map(({ title }) => title)
  expect(titles.toSorted()).toEqual(['a', 'b', 'c'])

  const described = await app.fetch(new Request(`${ORIGIN}/openapi.json`))
  const { paths } = await described.json()
  const types = ['/notes', '/contact', '/upload'].map((path) =>
    Object.keys(paths[path].post.requestBody.content),
  )
  expect(types.flat()).toEqual([
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ])
})
