import assert from 'node:assert/strict'
import { anyone, apiTables, type MountedApp, mount, operation, resource } from 'plinth/api'
import { client } from 'plinth/client'
import { type Database, id, open, ref, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import type { Authenticate } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import * as v from 'valibot'
import type { Case, Suite } from './main.ts'

const people = table('people', { id: id(), name: v.string() }, { policy: { all: true } })
const notes = table(
  'notes',
  {
    id: id(),
    owner: ref(people, { default: 'actor' }),
    title: v.pipe(v.string(), v.nonEmpty(), v.maxLength(50)),
    size: v.optional(v.bigint()),
    seal: v.optional(v.instance(Uint8Array)),
    due: timestamp({ nullable: true }),
  },
  { policy: { all: (actor) => ({ owner: actor.id }) } },
)

const tree = {
  notes: resource(notes, { idempotent: true }),
  fail: operation({
    method: 'POST',
    path: '/fail/:how',
    params: v.object({ how: v.picklist(['answer', 'throw']) }),
    responses: { 204: null, 409: v.object({ code: v.literal('sold_out') }) },
    handler: async ({ db, params }) => {
      await db.create(notes, { title: 'Gone' })
      if (params.how === 'throw') throw new TypeError('hidden')
      return { status: 409, body: { code: 'sold_out' } }
    },
  }),
  open: operation({
    method: 'GET',
    path: '/open',
    guard: anyone,
    responses: { 200: v.object({ at: v.date(), size: v.bigint() }) },
    handler: () => ({
      status: 200,
      body: { at: new Date(0), size: 2n ** 60n, secret: 'stays here' },
    }),
  }),
}

const ADA = '00000000-0000-7000-8000-00000000000a'
const BOB = '00000000-0000-7000-8000-00000000000b'

const authenticate: Authenticate = (incoming) => {
  const id = incoming.header('authorization')?.replace('Bearer ', '')
  return id ? { actor: { id, roles: [] }, credential: 'bearer', sessionId: id } : null
}

interface Setting {
  readonly app: MountedApp<typeof tree>
  readonly database: Database
  send(line: string, sent?: Sent): Promise<Received>
}

interface Sent {
  readonly as?: string | null
  readonly json?: unknown
  readonly text?: string
  readonly key?: string
}

interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Each case knows what its operation answers.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly json: any
}

export const suite: Suite = {
  name: 'api',
  needs: ['database'],
  cases: [
    onApp('creates, reads, changes and deletes a row', async ({ send }) => {
      const values = { title: 'Milk', size: '9007199254740993', seal: 'AP8=' }
      const due = '2026-01-31T10:00:00+01:00'
      const created = await send('POST /notes', { json: { ...values, due } })
      assert.equal(created.status, 201)
      assert.equal(created.headers.get('location'), `/notes/${created.json.id}`)
      assert.deepEqual(created.json, {
        ...values,
        id: created.json.id,
        owner: ADA,
        due: '2026-01-31T09:00:00.000Z',
      })
      const place = `/notes/${created.json.id}`
      assert.equal((await send(`GET ${place}`)).text, created.text)
      const changed = await send(`PATCH ${place}`, { json: { title: 'Tea', due: null } })
      assert.deepEqual([changed.json.title, changed.json.due], ['Tea', null])
      assert.equal((await send(`DELETE ${place}`)).status, 204)
      assert.equal((await send(`GET ${place}`)).status, 404)
    }),
    onApp('filters, sorts and pages a list', async ({ send }) => {
      for (const [title, size] of [['Apple', '1'], ['Bread'], ['Butter', '70000000000']]) {
        assert.equal((await send('POST /notes', { json: { title, size } })).status, 201)
      }
      const titles = async (query: string) =>
        (await send(`GET /notes?${query}`)).json.items.map((row: { title: string }) => row.title)
      assert.deepEqual(await titles('order=-title'), ['Butter', 'Bread', 'Apple'])
      assert.deepEqual(await titles('title.startsWith=B&size.is=set'), ['Butter'])
      assert.deepEqual(await titles('title.in=Apple&title.in=Bread'), ['Apple', 'Bread'])
      assert.deepEqual(await titles('size.gt=1'), ['Butter'])
      const first = (await send('GET /notes?limit=2&order=title')).json
      const cursor = encodeURIComponent(first.next)
      assert.deepEqual(await titles(`limit=2&order=title&cursor=${cursor}`), ['Butter'])
      assert.equal((await send(`GET /notes?cursor=${cursor}`)).status, 400)
      assert.equal(
        (await send(`GET /notes?limit=2&order=title&cursor=${cursor}`, { as: BOB })).status,
        400,
      )
    }),
    onApp('answers a foreign row like a missing one', async ({ send }) => {
      const { json } = await send('POST /notes', { json: { title: 'Hers' } })
      for (const method of ['GET', 'DELETE']) {
        const foreign = await send(`${method} /notes/${json.id}`, { as: BOB })
        const missing = await send(`${method} /notes/${BOB}`, { as: BOB })
        assert.deepEqual([foreign.status, foreign.text], [404, missing.text])
        // Two requests are two traces.
        for (const { headers } of [foreign, missing]) headers.delete('traceparent')
        assert.deepEqual([...foreign.headers], [...missing.headers])
      }
    }),
    onApp('asks for a session', async ({ send }) => {
      for (const line of ['GET /notes', `GET /notes/${ADA}`, `DELETE /notes/${ADA}`]) {
        const { status, headers } = await send(line, { as: null })
        assert.deepEqual([status, headers.get('www-authenticate')], [401, 'Bearer'])
      }
    }),
    onApp('refuses hostile input and stores nothing', async ({ send, database }) => {
      const bodies: [Sent, number][] = [
        [{ json: { title: 'x', owner: BOB } }, 422],
        [{ json: { title: 'x', id: BOB } }, 422],
        [{ json: { title: '' } }, 422],
        [{ json: { title: 'x', due: '2026-02-30T00:00:00Z' } }, 422],
        [{ json: { title: 'a\0b' } }, 422],
        [{ text: '{"title":"\\ud800"}' }, 422],
        [{ text: '{"title":"x","__proto__":{"admin":true}}' }, 422],
        [{ text: '{"title":' }, 400],
        [{ text: '['.repeat(10_000) }, 400],
        [{ json: [] }, 422],
      ]
      for (const [sent, status] of bodies) {
        const answer = await send('POST /notes', sent)
        assert.equal(answer.status, status, JSON.stringify(sent).slice(0, 80))
        assert.equal(answer.headers.get('content-type'), 'application/problem+json')
      }
      for (const query of [
        'limit=0',
        'limit=100000',
        'order=nothing',
        'nothing=1',
        '__proto__=1',
      ]) {
        assert.equal((await send(`GET /notes?${query}`)).status, 422, query)
      }
      assert.equal(await database.system.count(notes), 0)
    }),
    onApp('undoes what a refused request wrote', async ({ send, database }) => {
      const refused = await send('POST /fail/answer')
      assert.deepEqual([refused.status, refused.json], [409, { code: 'sold_out' }])
      const failed = await send('POST /fail/throw')
      assert.deepEqual([failed.status, failed.json.code], [500, 'internal_error'])
      assert.equal(await database.system.count(notes), 0)
    }),
    onApp('has one effect and one answer for one key', async ({ send, database }) => {
      const sent = { json: { title: 'Milk', size: '5' }, key: '"k"' }
      const answers = await Promise.all(Array.from({ length: 20 }, () => send('POST /notes', sent)))
      assert.equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1)
      assert.equal(answers[0]?.status, 201)
      assert.equal(await database.system.count(notes), 1)
      const other = await send('POST /notes', { json: { title: 'Tea' }, key: '"k"' })
      assert.deepEqual([other.status, other.json.code], [422, 'idempotency_mismatch'])
    }),
    onApp('sends what a schema names and nothing else', async ({ send }) => {
      const { json } = await send('GET /open', { as: null })
      assert.deepEqual(json, { at: '1970-01-01T00:00:00.000Z', size: '1152921504606846976' })
    }),
    onApp('describes its operations', async ({ send }) => {
      const { json } = await send('GET /openapi.json', { as: null })
      assert.equal(json.openapi, '3.1.0')
      assert.deepEqual(Object.keys(json.paths['/notes']), ['get', 'post'])
      assert.equal(json.paths['/notes/{id}'].patch.operationId, 'notes.update')
      const routes = (await send('GET /operations.json', { as: null })).json
      assert.deepEqual(routes['notes.get'], ['GET', '/notes/:id', { answers: { 200: 'json' } }])
      const page = await send('GET /reference', { as: null })
      assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'sha256-/)
      assert.match(page.text, /<script>\(function runPage\(\)/)
    }),
    onApp('is called by a typed client', async ({ app }) => {
      const api = client<typeof app>(app, { token: ADA })
      const created = await api.notes.create({ body: { title: 'Milk', size: '5' } })
      assert.equal(created.status, 201)
      if (created.status !== 201) return
      const found = await api.notes.list({ query: { size: 5n } })
      assert.deepEqual(found.status === 200 && found.body.items, [created.body])
      const missing = await api.notes.get({ params: { id: BOB } })
      assert.deepEqual(
        [missing.status, missing.status === 404 && missing.body.code],
        [404, 'not_found'],
      )
      const refused = await api.fail({ params: { how: 'answer' } })
      assert.deepEqual(refused.status === 409 && refused.body, { code: 'sold_out' })
    }),
  ],
}

function onApp(name: string, run: (setting: Setting) => Promise<void>): Case {
  return {
    name,
    async run() {
      const database = await open(sqlite(':memory:', [people, notes]), { tables: apiTables })
      try {
        await database.migrate()
        for (const id of [ADA, BOB]) await database.system.create(people, { id, name: 'Somebody' })
        const signals = createSignals()
        // Somebody listens, so that an error that a case provokes is not printed.
        signals.subscribe({ log: () => {} })
        const app = mount(tree, { database, authenticate, signals, describe: { guard: anyone } })
        await run({ app, database, send: (line, sent) => send(app, line, sent) })
      } finally {
        await database.close()
      }
    },
  }
}

async function send(
  app: MountedApp<typeof tree>,
  line: string,
  { as = ADA, json, text, key }: Sent = {},
): Promise<Received> {
  const [method = '', path] = line.split(' ')
  const headers = new Headers()
  if (as !== null) headers.set('authorization', `Bearer ${as}`)
  if (key !== undefined) headers.set('idempotency-key', key)
  const body = json === undefined ? text : JSON.stringify(json)
  if (body !== undefined) headers.set('content-type', 'application/json')
  const init = body === undefined ? { method, headers } : { method, headers, body }
  const response = await app.fetch(new Request(`https://app.test${path}`, init))
  const received = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text: received,
    json: isJson ? JSON.parse(received) : undefined,
  }
}
