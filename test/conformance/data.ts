import { strict as assert } from 'node:assert'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyTable,
  column,
  type Database,
  type Filter,
  type Handle,
  id,
  matches,
  open,
  type Row,
  ref,
  table,
  timestamp,
} from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { type Actor, createSignals } from 'plinth/kernel'
import * as v from 'valibot'
import type { Case, Suite } from './main.ts'

const users = table(
  'users',
  { id: id(), name: v.string() },
  { unique: [['name']], policy: { read: (actor) => ({ id: actor.id }) } },
)
const notes = table(
  'notes',
  {
    id: id(),
    owner: ref(users, { default: 'actor', onDelete: 'cascade' }),
    parent: ref((): AnyTable => notes, { nullable: true }),
    title: v.pipe(v.string(), v.nonEmpty(), v.maxLength(20)),
    rank: v.nullable(v.pipe(v.number(), v.integer())),
    createdAt: timestamp({ default: 'now' }),
    updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
  },
  { indexes: [['owner', 'createdAt']], policy: { all: (actor) => ({ owner: actor.id }) } },
)
const kinds = table('kinds', {
  id: id(),
  text: v.string(),
  integer: v.pipe(v.number(), v.safeInteger()),
  real: v.number(),
  big: v.nullable(v.bigint()),
  boolean: v.boolean(),
  at: timestamp(),
  json: v.unknown(),
  bytes: v.instance(Uint8Array),
  nothing: v.optional(v.string()),
})
type Kind = Row<typeof kinds>

const kind = {
  text: 'Zürich 🏔',
  integer: Number.MAX_SAFE_INTEGER,
  real: 0.1,
  big: 2n ** 63n - 1n,
  boolean: true,
  at: new Date(1),
  json: { list: [1, null, 'a'], deep: { empty: {} } },
  bytes: new Uint8Array([0, 255, 128]),
}

interface Setting {
  readonly db: Database
  readonly ann: Handle
  readonly bob: Handle
  readonly annId: string
  readonly clock: { time: number }
}

/** A case on a database of its own, with two people in it. */
function onData(name: string, run: (setting: Setting) => Promise<void>): Case {
  return {
    name,
    async run() {
      const clock = { time: 1000, now: () => clock.time }
      const db = await open(sqlite(':memory:', [users, notes, kinds]), { clock })
      try {
        await db.migrate()
        const [ann, bob] = await db.system.createMany(users, [{ name: 'Ann' }, { name: 'Bob' }])
        assert.ok(ann && bob)
        const as = (id: string) => db.as({ id, roles: [] })
        await run({ db, ann: as(ann.id), bob: as(bob.id), annId: ann.id, clock })
      } finally {
        await db.close()
      }
    },
  }
}

/** A case on a file of its own. */
function onFile(name: string, run: (file: string) => Promise<void>): Case {
  return {
    name,
    async run() {
      const folder = await mkdtemp(join(tmpdir(), 'plinth-data-'))
      try {
        await run(join(folder, 'data.db'))
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Asserts the code, and for what is sent to clients the status, of a rejection. */
async function failsWith(work: Promise<unknown>, code: string, status?: number): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: { code?: string; status?: number }) => reason,
  )
  assert.equal(error?.code, code)
  if (status !== undefined) assert.equal(error?.status, status)
}

export const suite: Suite = {
  name: 'data',
  needs: ['database'],
  cases: [
    onData('reads every kind of value as it was written', async ({ db }) => {
      const created = await db.system.create(kinds, kind)
      assert.deepEqual(created, { ...kind, id: created.id, nothing: null })
      assert.deepEqual(await db.system.get(kinds, created.id), created)
      const { items } = await db.system.list(kinds)
      assert.deepEqual(items, [created])
      const changes = { big: -(2n ** 63n), boolean: false, real: -0.5, nothing: '' }
      const updated = await db.system.update(kinds, created.id, changes)
      assert.deepEqual(updated, { ...created, ...changes })
    }),

    onData('means the same by a filter in SQL and in JavaScript', async ({ db }) => {
      const texts = ['', 'a', 'A', 'a%', 'ä', '\uffff', '\u{10000}', "o'b"]
      const stored = await db.system.createMany(
        kinds,
        texts.map((text, at) => ({ ...kind, text, integer: at, big: at % 2 ? 2n ** 60n : null })),
      )
      const filters: Filter<Kind>[] = [
        {},
        { text: { gt: '\ufffe' } },
        { text: { startsWith: 'a' } },
        { text: { contains: '%' } },
        { text: { in: ['A', "o'b", '\u{10000}'] } },
        { not: { big: { gt: 0n } } },
        { big: { ne: 2n ** 60n } },
        { big: { in: [2n ** 60n] }, boolean: true },
        { big: null, or: [{ integer: { lt: 3 } }, { at: { gt: new Date(1) } }] },
        { not: { or: [{ boolean: false }, { text: '' }] } },
        { or: [] },
        { json: { ne: null }, bytes: { ne: null }, nothing: null },
      ]
      for (const where of filters) {
        const expected = stored.filter((row) => matches(kinds, row, where))
        assert.deepEqual((await db.system.list(kinds, { where })).items, expected)
        assert.equal(await db.system.count(kinds, where), expected.length)
      }
    }),

    onData('refuses filters and values that mean nothing', async ({ ann }) => {
      const filters = [{ nope: 1 }, { title: undefined }, { title: { like: '%' } }, { rank: '1' }]
      for (const where of [...filters, JSON.parse('{"__proto__":{"title":"a"}}')]) {
        await failsWith(ann.list(notes, { where: where as never }), 'invalid_filter', 400)
      }
      const values = [
        {},
        { title: '' },
        { title: 'a\0' },
        { title: '\ud800' },
        { title: 'a', x: 1 },
      ]
      for (const given of values) {
        await failsWith(ann.create(notes, given as never), 'invalid_values', 422)
      }
      assert.equal(await ann.count(notes), 0)
    }),

    onData('goes through all pages in an order with nulls', async ({ ann }) => {
      const ranks = [2, null, 1, null, 2, 3, 1]
      await ann.createMany(
        notes,
        ranks.map((rank, at) => ({ title: `n${at}`, rank })),
      )
      for (const direction of ['asc', 'desc'] as const) {
        const seen: (number | null)[] = []
        let cursor: string | undefined
        do {
          const orderBy = { rank: direction, title: 'asc' } as const
          const page = await ann.list(notes, { orderBy, limit: 2, cursor })
          seen.push(...page.items.map(({ rank }) => rank))
          cursor = page.next ?? undefined
        } while (cursor)
        const ascending = [null, null, 1, 1, 2, 2, 3]
        assert.deepEqual(seen, direction === 'asc' ? ascending : ascending.toReversed())
      }
    }),

    onData('refuses cursors that are forged or of another list', async ({ db, ann, bob }) => {
      await ann.createMany(notes, [{ title: 'a' }, { title: 'b' }])
      await bob.createMany(notes, [{ title: 'a' }, { title: 'b' }])
      const { next } = await ann.list(notes, { limit: 1 })
      assert.ok(next)
      const rest = await ann.list(notes, { limit: 1, cursor: next })
      assert.equal(rest.items[0]?.title, 'b')
      const flipped = next.slice(0, -1) + (next.endsWith('A') ? 'B' : 'A')
      for (const cursor of ['', 'x', flipped, `${next}A`, next.slice(1)]) {
        await failsWith(ann.list(notes, { limit: 1, cursor }), 'invalid_cursor', 400)
      }
      await failsWith(bob.list(notes, { limit: 1, cursor: next }), 'invalid_cursor', 400)
      await failsWith(db.system.list(notes, { limit: 1, cursor: next }), 'invalid_cursor', 400)
      const orderBy = { title: 'asc' } as const
      await failsWith(ann.list(notes, { orderBy, cursor: next }), 'invalid_cursor', 400)
    }),

    onData('shows and changes only what the policy allows', async ({ db, ann, bob }) => {
      const mine = await ann.create(notes, { title: 'mine' })
      assert.deepEqual(await ann.get(notes, mine.id), mine)
      for (const handle of [bob, db.as(null)]) {
        assert.equal(await handle.get(notes, mine.id), null)
        assert.equal(await handle.count(notes), 0)
        assert.deepEqual(await handle.list(notes), { items: [], next: null })
      }
      assert.equal(await bob.update(notes, mine.id, { title: 'x' }), null)
      assert.equal(await bob.updateMany(notes, {}, { title: 'x' }), 0)
      assert.equal(await bob.delete(notes, mine.id), false)
      await failsWith(db.as(null).create(notes, { title: 'x' }), 'denied', 403)
      await failsWith(ann.deleteMany(users, {}), 'denied', 403)
      assert.deepEqual(await ann.get(notes, mine.id), mine)
    }),

    onData('keeps a row inside its rule', async ({ db, ann, bob, annId }) => {
      const mine = await ann.create(notes, { title: 'mine' })
      const people = await db.system.list(users)
      const other = people.items.find((user) => user.id !== annId)?.id ?? ''
      await failsWith(ann.update(notes, mine.id, { owner: other }), 'invalid_reference', 409)
      await failsWith(bob.create(notes, { title: 'x', owner: annId }), 'denied', 403)
      assert.throws(() => db.as(undefined as unknown as Actor), { code: 'misuse' })
    }),

    onData('hides rows from references as if they were missing', async ({ ann, bob }) => {
      const theirs = await bob.create(notes, { title: 'theirs' })
      const face = async (parent: string) => {
        const error = await ann.create(notes, { title: 'x', parent }).catch((reason) => reason)
        return [error.code, error.status, error.message, error.details]
      }
      const missing = await face('01890000-0000-7000-8000-000000000000')
      assert.equal(missing[0], 'invalid_reference')
      assert.deepEqual(await face(theirs.id), missing)
    }),

    onData('holds unique keys and references', async ({ db, ann, annId }) => {
      await failsWith(db.system.create(users, { name: 'Ann' }), 'conflict', 409)
      const parent = await ann.create(notes, { title: 'parent' })
      await ann.create(notes, { title: 'child', parent: parent.id })
      await failsWith(ann.delete(notes, parent.id), 'invalid_reference', 409)
      await db.system.delete(users, annId)
      assert.equal(await db.system.count(notes), 0)
    }),

    onData('fills in who and when, and marks updates', async ({ ann, annId, clock }) => {
      const made = await ann.create(notes, { title: 'a' })
      assert.equal(made.owner, annId)
      assert.deepEqual(made.createdAt, new Date(1000))
      clock.time = 2000
      const updated = await ann.update(notes, made.id, { title: 'b' })
      assert.deepEqual(updated, { ...made, title: 'b', updatedAt: new Date(2000) })
      assert.deepEqual(await ann.update(notes, made.id, {}), updated)
    }),

    onData('lets one of many spend what is there once', async ({ ann }) => {
      const made = await ann.create(notes, { title: 'stock', rank: 3 })
      const take = async () => {
        const row = await ann.get(notes, made.id)
        const rank = row?.rank ?? 0
        return ann.update(notes, made.id, { rank: rank - 1 }, { rank: { eq: rank, gt: 0 } })
      }
      const taken = await Promise.all(Array.from({ length: 10 }, take))
      assert.equal(taken.filter((row) => row !== null).length, 1)
    }),

    onData('keeps all of a transaction or none of it', async ({ ann }) => {
      const ran: string[] = []
      await ann.transaction(async (tx) => {
        tx.afterCommit(() => void ran.push('committed'))
        await tx.create(notes, { title: 'kept' })
        const nested = tx.transaction(async (inner) => {
          inner.afterCommit(() => void ran.push('nested'))
          await inner.create(notes, { title: 'undone' })
          throw new Error('on purpose')
        })
        await assert.rejects(nested, /on purpose/)
        await failsWith(tx.createMany(notes, [{ title: 'x' }, { title: '' }]), 'invalid_values')
        assert.deepEqual(ran, [])
      })
      await assert.rejects(
        ann.transaction(async (tx) => {
          await tx.create(notes, { title: 'lost' })
          throw new Error('on purpose')
        }),
        /on purpose/,
      )
      assert.deepEqual(ran, ['committed'])
      const { items } = await ann.list(notes)
      assert.deepEqual(
        items.map(({ title }) => title),
        ['kept'],
      )
    }),

    onData('refuses handles outside their transaction', async ({ db, ann }) => {
      let leaked: Handle | undefined
      await ann.transaction(async (tx) => {
        leaked = tx
        await failsWith(ann.create(notes, { title: 'x' }), 'misuse')
        await failsWith(db.system.count(notes), 'misuse')
      })
      await failsWith(leaked?.count(notes) ?? Promise.resolve(), 'misuse')
    }),

    onData('ends work whose signal is aborted', async ({ db }) => {
      const controller = new AbortController()
      const handle = db.systemIn({ signal: controller.signal })
      const running = handle.transaction(async (tx) => {
        await tx.create(users, { name: 'inside' })
        controller.abort()
        await tx.create(users, { name: 'late' })
      })
      await failsWith(running, 'aborted')
      await failsWith(handle.count(users), 'aborted')
      assert.equal(await db.system.count(users), 2)
    }),

    onFile('keeps rows, keys and cursors over a restart', async (file) => {
      const countries = table('countries', {
        code: column(v.pipe(v.string(), v.length(2)), { primaryKey: true }),
      })
      const before = await open(sqlite(file, [countries]))
      await before.migrate()
      await before.system.createMany(countries, [{ code: 'ch' }, { code: 'de' }])
      const { next } = await before.system.list(countries, { limit: 1 })
      await before.close()
      const after = await open(sqlite(file, [countries]))
      const { steps, refused } = await after.migrate()
      assert.deepEqual([steps, refused], [[], []])
      const page = await after.system.list(countries, { limit: 1, cursor: next ?? '' })
      assert.deepEqual(page, { items: [{ code: 'de' }], next: null })
      await after.close()
      await failsWith(after.system.count(countries), 'closed')
    }),

    onFile('extends tables and refuses to lose data', async (file) => {
      const first = table('things', { id: id(), name: v.string() })
      const before = await open(sqlite(file, [first]))
      await before.migrate()
      const made = await before.system.create(first, { name: 'a' })
      await before.close()

      const columns = { id: id(), name: v.string(), size: v.optional(v.number(), 5) }
      const grown = table('things', columns, { indexes: [['size']] })
      const wider = await open(sqlite(file, [grown]))
      const { steps } = await wider.migrate()
      assert.deepEqual(
        steps.map(({ summary }) => summary),
        ['add column things.size', 'create index on things (size, id)'],
      )
      assert.deepEqual(await wider.system.get(grown, made.id), { ...made, size: 5 })
      await wider.close()

      const narrow = table('things', { id: id(), name: v.number() })
      const refusing = await open(sqlite(file, [narrow]))
      assert.equal((await refusing.plan()).refused.length, 2)
      await failsWith(refusing.migrate(), 'migration_refused')
      await refusing.close()
    }),

    onFile('commits what many write at once', async (file) => {
      const signals = createSignals()
      let spans = 0
      signals.subscribe({
        span: () => {
          spans += 1
        },
      })
      const counters = table('counters', { id: id(), n: v.pipe(v.number(), v.integer()) })
      const db = await open(sqlite(file, [counters]), { signals })
      await db.migrate()
      const made = await db.system.create(counters, { n: 0 })
      spans = 0
      const raise = () =>
        db.system.transaction(async (tx) => {
          const row = await tx.get(counters, made.id)
          await tx.update(counters, made.id, { n: (row?.n ?? 0) + 1 })
        })
      await Promise.all(Array.from({ length: 50 }, raise))
      assert.equal((await db.system.get(counters, made.id))?.n, 50)
      assert.equal(spans, 151)
      await db.close()
    }),
  ],
}
