import { backend } from 'plinth'
import { anyone, fresh, mount, operation, resource, role } from 'plinth/api'
import { auth, password, users } from 'plinth/auth'
import { unwrap } from 'plinth/client'
import { id, open, ref, table } from 'plinth/data'
import { createApp, rateLimit } from 'plinth/http'
import { createActors, createFakeClock, createVisitor, freshDatabase, signIn } from 'plinth/testing'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'

const notes = table(
  'notes',
  { id: id(), owner: ref(users, { default: 'actor' }), title: v.string() },
  { policy: { all: (actor) => ({ owner: actor.id }) } },
)

const whoami = operation({
  method: 'GET',
  path: '/whoami',
  guard: anyone,
  responses: { 200: v.object({ id: v.nullable(v.string()), roles: v.array(v.string()) }) },
  handler: ({ actor }) => ({
    status: 200,
    body: { id: actor?.id ?? null, roles: [...(actor?.roles ?? [])] },
  }),
})
const close = operation({
  method: 'POST',
  path: '/close',
  guard: role('staff'),
  responses: { 204: null },
  handler: () => ({ status: 204 }),
})
const limited = operation({
  method: 'GET',
  path: '/limited',
  guard: anyone,
  limits: [rateLimit({ limit: 1, window: 60_000, by: 'operation' })],
  responses: { 204: null },
  handler: () => ({ status: 204 }),
})
const sensitive = operation({
  method: 'POST',
  path: '/sensitive',
  guard: fresh({ within: 300_000 }),
  responses: { 204: null },
  handler: () => ({ status: 204 }),
})

const ada = { email: 'Ada@Example.com', password: 'a long enough one' }

async function start() {
  const clock = createFakeClock()
  const app = await backend({
    data: freshDatabase([notes]),
    auth: auth({ factors: [password()] }),
    api: { notes: resource(notes, { idempotent: true }), whoami, close, limited, sensitive },
    monitor: { logs: false },
    clock,
  })
  onTestFinished(() => app.close())
  return { app, clock }
}

describe('a visitor', () => {
  it('calls the operations with their types', async () => {
    const { app } = await start()
    const visitor = await signIn(app, ada)
    const { id: first } = await unwrap(visitor.client.notes.create({ body: { title: 'First' } }))
    const { items } = await unwrap(visitor.client.notes.list())
    expect(items.map((note) => note.id)).toEqual([first])
    const bob = await signIn(app, { ...ada, email: 'bob@example.com' })
    expect(await bob.client.notes.get({ params: { id: first } })).toMatchObject({ status: 404 })
    expect(await createVisitor(app).client.notes.list()).toMatchObject({ status: 401 })
    expect((await visitor.fetch(`/notes/${first}`)).status).toBe(200)
  })

  it('is signed in with the roles it is given', async () => {
    const { app } = await start()
    const staff = await signIn(app, { ...ada, roles: ['staff'] })
    expect(await staff.client.close()).toMatchObject({ status: 204 })
    const again = await signIn(app, { ...ada, roles: [] })
    expect(await again.client.close()).toMatchObject({ status: 403 })
  })

  it('tells why it could not sign in', async () => {
    const { app } = await start()
    await signIn(app, ada)
    await expect(signIn(app, { ...ada, password: 'not the same one' })).rejects.toMatchObject({
      code: 'sign_in_failed',
      message: expect.stringContaining('got 401'),
    })
    await expect(signIn(app, { email: 'bob@example.com', password: 'short' })).rejects.toThrow(
      'bob@example.com got 422: The password is too easy to guess. body.password: Use at least 8',
    )
    const bare = createApp({ operations: { whoami } })
    await expect(signIn(bare, { ...ada, roles: ['staff'] })).rejects.toMatchObject({
      code: 'misuse',
    })
  })

  it('repeats nothing, so that a test sees what happened', async () => {
    let calls = 0
    const app = {
      fetch: async (request: Request) => {
        if (request.url.endsWith('.json')) return Response.json({ whoami: ['GET', '/whoami'] })
        calls++
        return new Response(null, { status: 503 })
      },
      $operations: undefined as { whoami: typeof whoami } | undefined,
    }
    expect(await createVisitor(app).client.whoami()).toMatchObject({ status: 503 })
    expect(calls).toBe(1)
  })
})

describe('an actor', () => {
  it('passes guards without an account', async () => {
    const actors = createActors()
    await using data = freshDatabase([])
    const database = await open(data)
    onTestFinished(() => database.close())
    const app = mount({ whoami, close }, { database, authenticate: actors.authenticate })
    const staff = actors.visit(app, { id: 'ada', roles: ['staff'] })
    expect(await unwrap(staff.client.whoami())).toEqual({ id: 'ada', roles: ['staff'] })
    expect(await staff.client.close()).toMatchObject({ status: 204 })
    const other = actors.visit(app, {})
    expect(await other.client.close()).toMatchObject({ status: 403 })
    const { id: given } = await unwrap(other.client.whoami())
    expect(given).not.toBe('ada')
  })

  it('is unknown to every other app', async () => {
    const actors = createActors()
    const tested = createApp({ operations: { close }, authenticate: actors.authenticate })
    const other = createApp({ operations: { close }, authenticate: createActors().authenticate })
    const sent: string[] = []
    const spied = {
      fetch: (request: Request) => {
        sent.push(request.headers.get('authorization') ?? '')
        return tested.fetch(request)
      },
    }
    const staff = actors.visit(spied, { roles: ['staff'] })
    expect((await staff.fetch('/close', { method: 'POST' })).status).toBe(204)
    const stolen = createVisitor(other, { authorization: sent[0] ?? '' })
    expect((await stolen.fetch('/close', { method: 'POST' })).status).toBe(401)
  })

  it('leaves everybody else to the app’s own check', async () => {
    const { app } = await start()
    const visitor = await signIn(app, ada)
    const actors = createActors((incoming) => {
      if (incoming.header('authorization') !== 'Bearer other') return null
      return { actor: { id: 'other', roles: [] }, credential: 'bearer', sessionId: 'x' }
    })
    const tested = createApp({ operations: { whoami }, authenticate: actors.authenticate })
    const other = createVisitor(tested, { authorization: 'Bearer other' })
    expect(await (await other.fetch('/whoami')).json()).toMatchObject({ id: 'other' })
    expect(await unwrap(visitor.client.whoami())).toMatchObject({ roles: [] })
  })
})

describe('a fake clock', () => {
  const day = 86_400_000

  it('ends sessions', async () => {
    const { app, clock } = await start()
    const visitor = await signIn(app, ada)
    clock.advance(6 * day)
    expect((await visitor.client.notes.list()).status).toBe(200)
    clock.advance(8 * day)
    expect((await visitor.client.notes.list()).status).toBe(401)
  })

  it('ends what an Idempotency-Key is remembered for', async () => {
    const { app, clock } = await start()
    const visitor = await signIn(app, ada)
    const input = { body: { title: 'Once' }, idempotencyKey: 'k' }
    const first = await unwrap(visitor.client.notes.create(input))
    expect(await unwrap(visitor.client.notes.create(input))).toEqual(first)
    clock.advance(2 * day)
    expect((await unwrap(visitor.client.notes.create(input))).id).not.toBe(first.id)
  })

  it('lets rate limits recover', async () => {
    const { app, clock } = await start()
    const { client } = createVisitor(app)
    expect((await client.limited()).status).toBe(204)
    expect((await client.limited()).status).toBe(429)
    clock.advance(60_000)
    expect((await client.limited()).status).toBe(204)
  })

  it('makes a sign-in too old for what asks for a fresh one', async () => {
    const { app, clock } = await start()
    const { client } = await signIn(app, ada)
    expect((await client.sensitive()).status).toBe(204)
    clock.advance(300_001)
    expect(await client.sensitive()).toMatchObject({
      status: 401,
      body: { code: 'insufficient_authentication' },
    })
  })
})
