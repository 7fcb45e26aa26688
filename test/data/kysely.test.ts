import { sql } from 'kysely'
import {
  type Database,
  type Handle,
  id,
  type OpenOptions,
  ref,
  table,
  timestamp,
} from 'plinth/data'
import { type DatabaseOf, kysely } from 'plinth/data/kysely'
import { createSignals, createTrace, PlinthError, type SpanRecord } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { actor, databaseName, openFresh, shareFresh } from './fixture.ts'

const users = table('users', { id: id(), name: v.pipe(v.string(), v.maxLength(50)) })
const notes = table(
  'notes',
  {
    id: id(),
    owner: ref(users),
    title: v.pipe(v.string(), v.maxLength(100)),
    done: v.optional(v.boolean(), false),
    size: v.nullable(v.pipe(v.number(), v.integer())),
    ratio: v.nullable(v.number()),
    big: v.bigint(),
    meta: v.object({ tags: v.array(v.string()) }),
    blob: v.nullable(v.instance(Uint8Array)),
    at: timestamp({ default: 'now' }),
  },
  { unique: [['title']], policy: { read: (me) => ({ owner: me.id }) } },
)
const tables = [users, notes] as const
const outside = { outsidePolicies: true } as const

const ANN = '018f0000-0000-7000-8000-000000000001'
const BOB = '018f0000-0000-7000-8000-000000000002'
const idOf = (at: number) => `018f0000-0000-7000-8000-1${String(at).padStart(11, '0')}`

type NoteRow = DatabaseOf<typeof tables>['notes']

function note(at: number, values: Partial<NoteRow> = {}): NoteRow {
  return {
    id: idOf(at),
    owner: ANN,
    title: `note ${at}`,
    done: false,
    size: null,
    ratio: null,
    big: 1n,
    meta: { tags: [] },
    blob: null,
    at: new Date(0),
    ...values,
  }
}

const openShared = shareFresh(tables)

async function fresh(options?: OpenOptions): Promise<Database> {
  const db = await (options ? openFresh(tables, options) : openShared())
  await db.system.createMany(users, [
    { id: ANN, name: 'Ann' },
    { id: BOB, name: 'Bob' },
  ])
  return db
}

/** A Kysely of a transaction of its own. */
function within<T>(
  db: Database,
  work: (k: Awaited<ReturnType<typeof open>>, tx: Handle) => Promise<T>,
): Promise<T> {
  return db.system.transaction(async (tx) => work(await open(tx), tx))
}

function open(tx: Handle) {
  return kysely(tx.system, tables, outside)
}

async function failure(work: Promise<unknown>): Promise<PlinthError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PlinthError)
  return error as PlinthError
}

describe('a Kysely', () => {
  it('reads and writes rows in the form of the verbs', async () => {
    const db = await fresh()
    const row = note(1, {
      done: true,
      size: 2 ** 53 - 1,
      ratio: 0.1,
      big: 2n ** 63n - 1n,
      meta: { tags: ['a', '"\\\u{1F600}'] },
      blob: new Uint8Array([0, 255]),
      at: new Date('2024-02-29T12:00:00.123Z'),
    })
    const found = await within(db, async (k) => {
      const written = await k.insertInto('notes').values(row).executeTakeFirstOrThrow()
      expect(written.numInsertedOrUpdatedRows).toBe(1n)
      return k.selectFrom('notes').selectAll().execute()
    })
    expect(found).toEqual([row])
    expect(await db.system.get(notes, row.id)).toEqual(row)
  })

  it('reads what the verbs wrote before, and nulls', async () => {
    const db = await fresh()
    const { id: key, ...values } = note(1, { title: '' })
    const found = await within(db, async (k, tx) => {
      await tx.create(notes, { ...values, id: key })
      return k.selectFrom('notes').selectAll().where('id', '=', key).executeTakeFirst()
    })
    expect(found).toEqual({ id: key, ...values })
  })

  it('updates and deletes, and says how many', async () => {
    const db = await fresh()
    await within(db, async (k) => {
      await k
        .insertInto('notes')
        .values([note(1), note(2), note(3)])
        .execute()
      const changed = await k
        .updateTable('notes')
        .set({ done: true, meta: { tags: ['x'] }, at: new Date(5) })
        .where('id', 'in', [idOf(1), idOf(2)])
        .executeTakeFirst()
      expect(changed.numUpdatedRows).toBe(2n)
      const gone = await k.deleteFrom('notes').where('done', '=', false).executeTakeFirst()
      expect(gone.numDeletedRows).toBe(1n)
    })
    expect(await db.system.get(notes, idOf(2))).toMatchObject({
      done: true,
      meta: { tags: ['x'] },
      at: new Date(5),
    })
    expect(await db.system.count(notes)).toBe(2)
  })

  it('compares with values of every kind', async () => {
    const db = await fresh()
    const row = note(1, { done: true, big: 2n ** 60n + 1n, at: new Date(1234) })
    const found = await within(db, async (k) => {
      await k
        .insertInto('notes')
        .values([row, note(2)])
        .execute()
      return k
        .selectFrom('notes')
        .select('id')
        .where('done', '=', true)
        .where('big', '=', row.big)
        .where('at', '>', new Date(1233))
        .where('at', '<=', new Date(1234))
        .execute()
    })
    expect(found).toEqual([{ id: row.id }])
  })

  it('converts what comes from columns by other ways', async () => {
    const db = await fresh()
    const found = await within(db, async (k) => {
      const rows = [note(1, { done: true, at: new Date(7) }), note(2, { at: new Date(9) })]
      await k.insertInto('notes').values(rows).execute()
      return k
        .with('late(key, moment)', (with_) =>
          with_.selectFrom('notes').select(['id as key', 'at as moment']),
        )
        .selectFrom('notes as n')
        .innerJoin('late', 'late.key', 'n.id')
        .innerJoin(
          (from) => from.selectFrom('notes').select(['notes.id as other', 'done as over']).as('o'),
          (join) => join.onRef('o.other', '=', 'n.id'),
        )
        .leftJoin('users', (join) => join.on('users.name', '=', 'nobody'))
        .selectAll('o')
        .select((eb) => [
          'n.at as made',
          'late.moment',
          'users.name',
          eb.fn.coalesce('n.at', eb.val(new Date(1))).as('either'),
          eb.case().when('n.done', '=', true).then(eb.ref('n.meta')).end().as('choice'),
          eb
            .selectFrom('notes')
            .select((s) => s.fn.max('notes.at').as('m'))
            .as('latest'),
          eb.selectFrom('users').whereRef('users.id', '=', 'n.owner').select('n.big').as('big'),
        ])
        .orderBy('n.at')
        .execute()
    })
    const common = { name: null, latest: new Date(9), big: 1n }
    expect(found).toEqual([
      {
        ...common,
        other: idOf(1),
        over: true,
        made: new Date(7),
        moment: new Date(7),
        either: new Date(7),
        choice: { tags: [] },
      },
      {
        ...common,
        other: idOf(2),
        over: false,
        made: new Date(9),
        moment: new Date(9),
        either: new Date(9),
        choice: null,
      },
    ])
  })

  it('leaves what it cannot trace as it is stored', async () => {
    const db = await fresh()
    const { rows } = await within(db, async (k) => {
      await k
        .insertInto('notes')
        .values(note(1, { done: true, at: new Date(7) }))
        .execute()
      return sql`select done, at, meta from notes`.execute(k)
    })
    expect(rows[0]).toMatchObject({ done: 1, at: 7, meta: '{"tags":[]}' })
  })

  it('answers with names that are in no dictionary', async () => {
    const db = await fresh()
    const name = 'a "b` c'
    const { rows } = await within(db, (k) => sql`select ${1} as ${sql.id(name)}`.execute(k))
    expect(Object.keys(rows[0] as object)).toEqual([name])
  })

  it('takes limits, and lists of any kind', async () => {
    const db = await fresh()
    const found = await within(db, async (k) => {
      await k
        .insertInto('notes')
        .values([1, 2, 3, 4].map((at) => note(at)))
        .execute()
      return k
        .selectFrom('notes')
        .select('title')
        .where('at', 'in', [new Date(0), new Date(1)])
        .where('big', 'in', [1n, 2n])
        .orderBy('title', 'desc')
        .limit(2)
        .offset(1)
        .execute()
    })
    expect(found).toEqual([{ title: 'note 3' }, { title: 'note 2' }])
  })

  it('runs queries that are not awaited one after the other', async () => {
    const db = await fresh()
    const counts = await within(db, async (k) => {
      const count = () =>
        k
          .selectFrom('notes')
          .select((eb) => eb.fn.countAll<number>().as('n'))
          .executeTakeFirst()
      const insert = (at: number) => k.insertInto('notes').values(note(at)).execute()
      const [, first, , second] = await Promise.all([insert(1), count(), insert(2), count()])
      return [first?.n, second?.n]
    })
    expect(counts).toEqual([1, 2])
  })

  it('explains a query with columns of the database', async () => {
    const db = await fresh()
    const plan = await within(db, (k) => k.selectFrom('notes').selectAll().explain())
    expect(plan.length).toBeGreaterThan(0)
  })

  const isPostgres = databaseName === 'postgres' || databaseName === 'pglite'

  it.runIf(isPostgres)('takes arrays, and merges, on PostgreSQL', async () => {
    const db = await fresh()
    const found = await within(db, async (k) => {
      await k
        .insertInto('notes')
        .values([note(1), note(2)])
        .execute()
      await k
        .mergeInto('notes')
        .using('users', 'users.id', 'notes.owner')
        .whenMatchedAnd('notes.title', '=', 'note 1')
        .thenUpdateSet({ meta: { tags: ['merged'] }, at: new Date(8) })
        .execute()
      const moments = [new Date(8), new Date(9)]
      return k
        .selectFrom('notes')
        .select(['meta', 'at'])
        .where(sql<boolean>`at = any(${moments}::timestamptz[])`)
        .execute()
    })
    expect(found).toEqual([{ meta: { tags: ['merged'] }, at: new Date(8) }])
  })

  it('upserts with the values of JSON columns', async () => {
    const db = await fresh()
    await within(db, async (k) => {
      await k.insertInto('notes').values(note(1)).execute()
      const again = k.insertInto('notes').values(note(2, { title: 'note 1' }))
      const update = { meta: { tags: ['again'] } }
      const upsert =
        databaseName === 'mysql'
          ? again.onDuplicateKeyUpdate(update)
          : again.onConflict((conflict) => conflict.column('title').doUpdateSet(update))
      await upsert.execute()
    })
    expect(await db.system.list(notes)).toMatchObject({
      items: [{ id: idOf(1), meta: { tags: ['again'] } }],
    })
  })

  it.skipIf(databaseName === 'mysql')('answers with what it wrote', async () => {
    const db = await fresh()
    const written = await within(db, async (k) => {
      const row = note(1, { done: true })
      expect(await k.insertInto('notes').values(row).returningAll().execute()).toEqual([row])
      return k
        .updateTable('notes')
        .set({ at: new Date(3) })
        .returning(['notes.at', 'done as over', 'meta'])
        .executeTakeFirst()
    })
    expect(written).toEqual({ at: new Date(3), over: true, meta: { tags: [] } })
  })
})

describe('the values given to a Kysely', () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ title: 'a\0b' }, 'title'],
    [{ title: '\ud800' }, 'title'],
    [{ at: new Date(Number.NaN) }, 'at'],
    [{ size: 1.5 }, 'size'],
    [{ big: 2n ** 63n }, 'big'],
    [{ meta: { tags: [1n] } }, 'meta'],
  ]

  it('are refused by the column that they do not fit', async () => {
    const db = await fresh()
    for (const [values, path] of wrong) {
      const expected = { code: 'invalid_values', details: { issues: [{ path }] } }
      const insert = within(db, (k) => k.insertInto('notes').values(note(1, values)).execute())
      expect(await failure(insert)).toMatchObject(expected)
      const update = within(db, (k) => k.updateTable('notes').set(values).execute())
      expect(await failure(update)).toMatchObject(expected)
    }
  })

  it('are refused where no column says what they are', async () => {
    const db = await fresh()
    for (const value of [new Date(Number.NaN), '\0', Number.NaN, 2n ** 64n]) {
      const error = await failure(within(db, (k) => sql`select ${value} as x`.execute(k)))
      expect(error.code).toBe('invalid_values')
    }
    const error = await failure(within(db, (k) => sql`select ${{ a: 1 }} as x`.execute(k)))
    expect(error).toMatchObject({ code: 'misuse', message: expect.stringContaining('JSON') })
  })

  it('stay parameters in templates, whatever they hold', async () => {
    const db = await fresh()
    const hostile = `'; drop table users; -- " \` \\`
    const found = await within(db, async (k) => {
      await k
        .insertInto('notes')
        .values(note(1, { title: hostile }))
        .execute()
      const { rows } = await sql<{ title: string }>`
        select title from notes where title = ${hostile}`.execute(k)
      return rows
    })
    expect(found).toEqual([{ title: hostile }])
    expect(await db.system.count(users)).toBe(2)
  })
})

describe('the transaction of a Kysely', () => {
  it('is rolled back as a whole', async () => {
    const db = await fresh()
    const work = within(db, async (k, tx) => {
      await tx.create(users, { name: 'Cem' })
      await k.insertInto('notes').values(note(1)).execute()
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    expect(await db.system.count(notes)).toBe(0)
    expect(await db.system.count(users)).toBe(2)
  })

  it('nests, and is refused while a nested one runs', async () => {
    const db = await fresh()
    await within(db, async (k, tx) => {
      await k.insertInto('notes').values(note(1)).execute()
      const nested = tx.transaction(async (inner) => {
        const error = await failure(k.selectFrom('notes').selectAll().execute())
        expect(error).toMatchObject({ code: 'misuse' })
        expect(error.message).toContain('nested')
        await (await open(inner)).deleteFrom('notes').execute()
        throw new Error('undo')
      })
      await expect(nested).rejects.toThrow('undo')
      expect(await k.selectFrom('notes').select('id').execute()).toHaveLength(1)
    })
    expect(await db.system.count(notes)).toBe(1)
  })

  it('waits for the verbs that were not awaited', async () => {
    const db = await fresh()
    const names = await within(db, async (k, tx) => {
      const created = tx.createMany(users, [{ name: 'Cem' }, { name: 'Dan' }])
      const found = await k.selectFrom('users').select('name').orderBy('name').execute()
      await created
      return found.map(({ name }) => name)
    })
    expect(names).toEqual(['Ann', 'Bob', 'Cem', 'Dan'])
  })

  it('cannot be used after its end', async () => {
    const db = await fresh()
    const k = await within(db, async (inner) => inner)
    const error = await failure(k.selectFrom('users').selectAll().execute())
    expect(error).toMatchObject({ code: 'misuse', message: expect.stringContaining('ended') })
  })

  it('cannot be used after its time is over', async () => {
    const db = await fresh()
    let late: PlinthError | undefined
    const slow = db.system.transaction(
      async (tx) => {
        const k = await open(tx)
        await k.insertInto('notes').values(note(1)).execute()
        await new Promise((resolve) => setTimeout(resolve, 200))
        late = await failure(k.insertInto('notes').values(note(2)).execute())
      },
      { timeout: 100 },
    )
    expect((await failure(slow)).code).toBe('transaction_timeout')
    await expect.poll(() => late?.code).toBeDefined()
    expect(await db.system.count(notes)).toBe(0)
  })

  it('ends with the signal of its scope', async () => {
    const db = await fresh()
    const controller = new AbortController()
    const work = db.systemIn({ signal: controller.signal }).transaction(async (tx) => {
      const k = await open(tx)
      await k.insertInto('notes').values(note(1)).execute()
      controller.abort()
      await k.insertInto('notes').values(note(2)).execute()
    })
    expect((await failure(work)).code).toBe('aborted')
    expect(await db.system.count(notes)).toBe(0)
  })

  it('cannot be begun or ended by Kysely', async () => {
    const db = await fresh()
    await within(db, async (k) => {
      const begun = await failure(k.transaction().execute(async () => 1))
      expect(begun).toMatchObject({ code: 'misuse', message: expect.stringContaining('nests') })
      expect(await failure(k.startTransaction().execute())).toMatchObject({ code: 'misuse' })
    })
  })

  const control = [
    'commit',
    'ROLLBACK',
    ' /* a */ -- b\n ;begin',
    'end',
    'savepoint x',
    'release savepoint x',
    'start transaction',
    '/*!50000 commit */',
    'rollback to savepoint plinth_0',
  ]

  it('cannot be begun or ended by a statement', async () => {
    const db = await fresh()
    await within(db, async (k) => {
      await k.insertInto('notes').values(note(1)).execute()
      for (const text of control) {
        const error = await failure(sql.raw(text).execute(k))
        expect(error).toMatchObject({ code: 'misuse', message: expect.stringContaining('would') })
      }
    })
    expect(await db.system.count(notes)).toBe(1)
  })

  it.runIf(databaseName === 'mysql')('cannot be committed by a change of structure', async () => {
    const db = await fresh()
    const work = within(db, async (k) => {
      await k.insertInto('notes').values(note(1)).execute()
      await k.schema.createTable('more').addColumn('a', 'integer').execute()
    })
    expect((await failure(work)).code).toBe('misuse')
    expect(await db.system.count(notes)).toBe(0)
  })

  it.skipIf(databaseName === 'mysql')('takes changes of structure back', async () => {
    const db = await fresh()
    const work = within(db, async (k) => {
      await k.schema.createTable('more').addColumn('a', 'integer').execute()
      await sql`insert into more values (1)`.execute(k)
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    const gone = await failure(within(db, (k) => sql`select * from more`.execute(k)))
    expect(gone.code).toBe('misuse')
  })
})

describe('what a Kysely refuses', () => {
  const call = kysely as (...args: unknown[]) => Promise<unknown>

  it('the handle of an actor', async () => {
    const db = await fresh()
    const error = await failure(db.as(actor(ANN)).transaction((tx) => kysely(tx, tables, outside)))
    expect(error).toMatchObject({ code: 'misuse', message: expect.stringContaining('tx.system') })
    expect(error.message).toContain('guarded')
  })

  it('a handle outside of transactions', async () => {
    const db = await fresh()
    const error = await failure(kysely(db.system, tables, outside))
    expect(error.message).toContain('not inside a transaction')
  })

  it('the handle of a transaction that has ended', async () => {
    const db = await fresh()
    const ended = await db.system.transaction(async (tx) => tx)
    expect((await failure(open(ended))).message).toContain('ended')
  })

  it('to be had without asking for it by name', async () => {
    const db = await fresh()
    for (const options of [undefined, {}, { outsidePolicies: false }, { outsidePolicies: 1 }]) {
      const work = db.system.transaction((tx) => call(tx.system, tables, options))
      expect(await failure(work)).toMatchObject({
        code: 'misuse',
        message: expect.stringContaining('outsidePolicies: true'),
      })
    }
  })

  it('what is no handle, no table, no option', async () => {
    const db = await fresh()
    const stranger = table('strangers', { id: id() })
    const wrong: [unknown, unknown, unknown][] = [
      [{}, tables, outside],
      [undefined, tables, outside],
      [1, tables, outside],
      ['tx', users, outside],
      ['tx', [stranger], outside],
      ['tx', [undefined], outside],
      ['tx', tables, { ...outside, plugins: [] }],
    ]
    for (const [handle, listed, options] of wrong) {
      const work = db.system.transaction((tx) =>
        call(handle === 'tx' ? tx.system : handle, listed, options),
      )
      expect((await failure(work)).code).toBe('misuse')
    }
  })

  it('to work without its package, and names it', async () => {
    const db = await fresh()
    vi.doMock('kysely', () => {
      throw new Error('Cannot find package')
    })
    try {
      const error = await failure(db.system.transaction(async (tx) => open(tx)))
      expect(error).toMatchObject({
        code: 'misuse',
        message: expect.stringContaining('npm install kysely'),
      })
    } finally {
      vi.doUnmock('kysely')
    }
  })

  it('to stream', async () => {
    const db = await fresh()
    const work = within(db, async (k) => {
      for await (const _ of k.selectFrom('users').selectAll().stream());
    })
    expect(await failure(work)).toMatchObject({
      code: 'misuse',
      message: expect.stringContaining('cannot stream'),
    })
  })
})

describe('the errors of a Kysely', () => {
  it('are those of the verbs', async () => {
    const db = await fresh()
    await db.system.create(notes, note(1))
    const taken = within(db, (k) => k.insertInto('notes').values(note(1)).execute())
    expect((await failure(taken)).code).toBe('conflict')
    const nobody = note(2, { owner: idOf(9) })
    const referring = within(db, (k) => k.insertInto('notes').values(nobody).execute())
    expect((await failure(referring)).code).toBe('invalid_reference')
    const wrong = within(db, (k) => sql`selekt 1`.execute(k))
    expect(await failure(wrong)).toMatchObject({ code: 'misuse' })
  })
})

describe('an error that was caught', () => {
  it('leaves the transaction to go on', async () => {
    const db = await fresh()
    await within(db, async (k) => {
      await k.insertInto('notes').values(note(1)).execute()
      const taken = k
        .insertInto('notes')
        .values([note(2), note(1)])
        .execute()
      expect((await failure(taken)).code).toBe('conflict')
      expect((await failure(sql`selekt 1`.execute(k))).code).toBe('misuse')
      await k.insertInto('notes').values(note(3)).execute()
    })
    expect((await db.system.list(notes)).items.map((row) => row.id)).toEqual([idOf(1), idOf(3)])
  })
})

describe('the spans of a Kysely', () => {
  it('name the operation and the table, and no parameters', async () => {
    const signals = createSignals()
    const db = await fresh({ signals })
    const trace = createTrace()
    const spans: SpanRecord[] = []
    const stop = signals.subscribe({ span: (record) => void spans.push(record) })
    await db.systemIn({ trace }).transaction(async (tx) => {
      const k = await open(tx)
      await k
        .insertInto('notes')
        .values(note(1, { title: 'secret' }))
        .execute()
      await k.updateTable('notes').set({ title: 'secret 2' }).execute()
      await k.selectFrom('notes as n').select('title').where('title', '=', 'secret').execute()
      await k.selectFrom(['notes', 'users']).select('title').execute()
      await sql`select ${'secret'} as x`.execute(k)
      await k.deleteFrom('notes').execute()
    })
    stop()
    expect(spans.map(({ name }) => name)).toEqual([
      'insert notes',
      'update notes',
      'select notes',
      'select',
      'sql',
      'delete notes',
      'transaction',
    ])
    const around = spans.pop()
    expect(around?.parentSpanId).toBe(trace.spanId)
    expect(spans.every(({ parentSpanId }) => parentSpanId === around?.spanId)).toBe(true)
    expect(JSON.stringify(spans)).not.toContain('secret')
  })
})

describe('the types of a Kysely', () => {
  it('hide no fields: it is outside of their rules as well', () => {
    const secrets = table(
      'secrets',
      { id: id(), text: v.string() },
      { fields: { text: { read: false } } },
    )
    expectTypeOf<DatabaseOf<readonly [typeof secrets]>>().toEqualTypeOf<{
      secrets: { id: string; text: string }
    }>()
  })

  it('are those of the rows', async () => {
    expectTypeOf<NoteRow['at']>().toEqualTypeOf<Date>()
    expectTypeOf<NoteRow['size']>().toEqualTypeOf<number | null>()
    expectTypeOf<NoteRow['big']>().toEqualTypeOf<bigint>()
    expectTypeOf<keyof DatabaseOf<typeof tables>>().toEqualTypeOf<'users' | 'notes'>()
    const db = await fresh()
    await within(db, async (k) => {
      const row = await k
        .selectFrom('notes')
        .innerJoin('users', 'users.id', 'notes.owner')
        .select(['done', 'meta', 'users.name as by'])
        .executeTakeFirst()
      expectTypeOf(row).toEqualTypeOf<
        { done: boolean; meta: { tags: string[] }; by: string } | undefined
      >()
      // @ts-expect-error there is no such column
      expect(() => k.selectFrom('notes').select('nothing').compile()).not.toThrow()
      // @ts-expect-error there is no such table
      expect(() => k.selectFrom('nothing').compile()).not.toThrow()
    })
  })
})
