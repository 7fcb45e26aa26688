import { anyone, events, lines, mount, operation, resource } from 'plinth/api'
import { id, open, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { createSignals } from 'plinth/kernel'
import { createVisitor, recordSignals } from 'plinth/testing'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'

const notes = table(
  'notes',
  { id: id(), title: v.string(), at: timestamp({ default: 'now' }) },
  { policy: { all: true } },
)
const size = v.object({ size: v.number(), parts: v.optional(v.array(v.string())) })
// What no compiler saw: a value from elsewhere, taken for what it should be.
const claimed = (value: unknown) => value as { size: number }

async function* of(...values: unknown[]) {
  for (const value of values) yield claimed(value)
}

async function visit(verify?: boolean) {
  const signals = createSignals()
  const recorder = recordSignals(signals)
  const database = await open(sqlite(':memory:', [notes]), { signals })
  onTestFinished(() => database.close())
  await database.migrate()
  await database.system.create(notes, { title: 'one' })
  let body: unknown = { size: 1 }
  const answering = { method: 'GET', guard: anyone } as const
  const tree = {
    notes: resource(notes),
    size: operation({
      ...answering,
      path: '/size',
      responses: { 200: size },
      handler: () => ({ status: 200, body: claimed(body) }),
    }),
    write: operation({
      method: 'POST',
      path: '/write',
      guard: anyone,
      responses: { 201: v.object({ title: v.string() }) },
      handler: async ({ db }) => {
        const row = await db.create(notes, { title: 'two' })
        return { status: 201, body: { title: row.title === 'two' ? (body as string) : '' } }
      },
    }),
    lines: operation({
      ...answering,
      path: '/lines',
      responses: { 200: lines(size) },
      handler: () => ({ status: 200, body: of({ size: 1 }, body) }),
    }),
    events: operation({
      ...answering,
      path: '/events',
      responses: { 200: events(size) },
      handler: () => ({ status: 200, body: of({ data: { size: 1 } }, { data: body }) as never }),
    }),
  }
  const app = mount(tree, { database, signals, ...(verify === undefined ? {} : { verify }) })
  const { fetch } = createVisitor(app)
  const answer = (value: unknown) => {
    body = value
  }
  return { fetch, answer, database, logs: recorder.logs }
}

describe('an app that verifies its answers', () => {
  it('answers as it would without', async () => {
    const { fetch } = await visit(true)
    expect(await (await fetch('/size')).json()).toEqual({ size: 1 })
    const page = (await (await fetch('/notes')).json()) as { items: object[] }
    expect(page.items).toMatchObject([{ title: 'one', at: expect.any(String) }])
  })

  it.each([
    [{ size: '1' }, /answer: size: Invalid type/],
    [{ size: 1, parts: ['a', 2] }, /answer: parts\.1: Invalid type/],
    [null, /answer: Invalid type/],
  ])('answers 500 for %j and logs where it does not fit', async (value, message) => {
    const { fetch, answer, logs } = await visit(true)
    answer(value)
    expect((await fetch('/size')).status).toBe(500)
    expect(logs.map(({ error }) => String(error))).toContainEqual(expect.stringMatching(message))
  })

  it('undoes what the handler wrote', async () => {
    const { fetch, answer, database } = await visit(true)
    answer(['no text'])
    expect((await fetch('/write', { method: 'POST' })).status).toBe(500)
    expect(await database.system.count(notes)).toBe(1)
  })

  it.each(['/lines', '/events'])('breaks %s off at an item that does not fit', async (path) => {
    const { fetch, answer, logs } = await visit(true)
    answer({ size: 'two' })
    const response = await fetch(path)
    await response.text().catch(() => undefined)
    expect(logs.map(({ error }) => String(error))).toContainEqual(
      expect.stringContaining('answer: size'),
    )
  })
})

describe('an app that does not', () => {
  it('leaves the looking to the compiler', async () => {
    const { fetch, answer } = await visit()
    answer({ size: '1' })
    expect(await (await fetch('/size')).json()).toEqual({ size: '1' })
  })
})
