import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { type Handle, id, open, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { actor } from '../../fixture.ts'
import { temporaryFile } from './support.ts'

const things = table(
  'things',
  {
    id: id(),
    owner: v.string(),
    on: v.nullable(v.boolean()),
    count: v.nullable(v.bigint()),
    data: v.nullable(v.object({ deep: v.array(v.number()) })),
    bytes: v.nullable(v.instance(Uint8Array)),
    madeAt: v.nullable(v.date()),
    createdAt: timestamp({ default: 'now' }),
  },
  { policy: { all: (a) => ({ owner: a.id }) } },
)

/** One with all values set, one with none, and an integer beyond what a number holds. */
const values = [
  {
    owner: 'ann',
    on: true,
    count: 5n,
    data: { deep: [1, 2] },
    bytes: new Uint8Array([0, 255]),
    madeAt: new Date(-1),
  },
  { owner: 'ann', on: null, count: null, data: null, bytes: null, madeAt: null },
  { owner: 'ann', on: false, count: -(2n ** 63n), data: null, bytes: null, madeAt: new Date(0) },
]

async function opened(file = temporaryFile()) {
  const db = await open(sqlite(file, [things]))
  onTestFinished(() => db.close())
  await db.migrate()
  await db.as(actor('ann')).createMany(things, values)
  return db
}

describe('rows of a list on SQLite', () => {
  it('are the same inside a transaction and outside', async () => {
    const db = await opened()
    const pages = async (handle: Handle) => {
      const query = { orderBy: { count: 'asc', on: 'desc' }, limit: 2 } as const
      const first = await handle.list(things, query)
      return [first, await handle.list(things, { ...query, cursor: first.next ?? undefined })]
    }
    const outside = await pages(db.as(actor('ann')))
    expect(outside).toStrictEqual(await db.as(actor('ann')).transaction(pages))
    expect(outside.map(({ items }) => items.length)).toEqual([2, 1])
  })

  it('hold what was written, by columns in order', async () => {
    const db = await opened()
    const { items } = await db.as(actor('ann')).list(things)
    expect(items).toMatchObject(values)
    expect(items.map((row) => Object.keys(row))).toEqual(
      items.map(() => Object.keys(things.columns)),
    )
    expect(items[0]?.bytes?.constructor).toBe(Uint8Array)
  })

  it('belong to the caller, who may change them', async () => {
    const db = (await opened()).as(actor('ann'))
    const { items } = await db.list(things)
    for (const row of items) row.owner = 'bob'
    items.length = 0
    expect((await db.list(things)).items.map(({ owner }) => owner)).toEqual(['ann', 'ann', 'ann'])
  })

  it('have the names of the columns in code where a table spells them otherwise', async () => {
    const file = temporaryFile()
    await (await opened(file)).close()
    const other = new Database(file)
    other.exec('ALTER TABLE things RENAME COLUMN "createdAt" TO "CREATEDAT"')
    other.close()
    const db = await open(sqlite(file, [things]))
    onTestFinished(() => db.close())
    const { items } = await db.as(actor('ann')).list(things)
    expect(items[0]?.createdAt).toBeInstanceOf(Date)
    expect(items[0]).not.toHaveProperty('CREATEDAT')
  })

  it.each(['flag', 'NODE_OPTIONS'])('are read where a %s forbids to compile text', (by) => {
    const forbid = '--disallow-code-generation-from-strings'
    const program = fileURLToPath(new URL('list-process.ts', import.meta.url))
    const printed = execFileSync(process.execPath, by === 'flag' ? [forbid, program] : [program], {
      encoding: 'utf8',
      env: by === 'flag' ? {} : { NODE_OPTIONS: forbid },
    })
    expect(printed).toBe('a,b\n')
  })
})
