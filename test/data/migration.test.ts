import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyTable,
  type ColumnInputs,
  column,
  type Database,
  id,
  open,
  type ReferencedTable,
  ref,
  type TableOptions,
  table,
  timestamp,
  version,
} from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'

function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-migration-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'data.db')
}

/** Opens the file with these tables, runs `use`, and closes it. */
async function using<T>(file: string, tables: AnyTable[], use: (db: Database) => Promise<T>) {
  const db = await open(sqlite(file, tables), { clock: { now: () => 1000 } })
  try {
    return await use(db)
  } finally {
    await db.close()
  }
}

const migrate = (file: string, tables: AnyTable[]) => using(file, tables, (db) => db.migrate())
const notes = <const C extends ColumnInputs>(columns: C, options?: TableOptions<C>) =>
  table('notes', columns, options)

const base = notes({ id: id(), title: v.string() })

async function withRow(): Promise<string> {
  const file = freshFile()
  await using(file, [base], async (db) => {
    await db.migrate()
    await db.system.create(base, { title: 'kept' })
  })
  return file
}

async function summaries(file: string, tables: AnyTable[]): Promise<string[]> {
  const { steps } = await using(file, tables, (db) => db.plan())
  return steps.map(({ summary }) => summary)
}

describe('a migration', () => {
  it('creates what is missing, shows it first, and is done then', async () => {
    const file = freshFile()
    const users = table('users', { id: id(), email: v.string() }, { unique: [['email']] })
    const posts = table('posts', { id: id(), author: ref(users) }, { indexes: [['id']] })
    const expected = [
      'create table users',
      'create unique index on users (email)',
      'create table posts',
      'create index on posts (id)',
      'create index on posts (author, id)',
      'create table plinth_keys',
      'create unique index on plinth_keys (name)',
    ]
    expect(await summaries(file, [users, posts])).toEqual(expected)
    expect(await summaries(file, [users, posts])).toEqual(expected)
    const { steps } = await migrate(file, [users, posts])
    expect(steps.map(({ summary }) => summary)).toEqual(expected)
    expect(await migrate(file, [users, posts])).toMatchObject({ steps: [], refused: [] })
  })

  it('adds columns that old rows can have a value for', async () => {
    const file = await withRow()
    const grown = notes({
      id: id(),
      title: v.string(),
      note: v.optional(v.string()),
      rank: v.nullable(v.number()),
      state: v.optional(v.string(), "it's new"),
      done: v.optional(v.boolean(), false),
      big: v.optional(v.bigint(), 9007199254740993n),
      tags: v.optional(v.array(v.string()), ['a']),
      zero: v.nullable(v.number(), 0),
      createdAt: timestamp({ default: 'now' }),
      version: version(),
      parent: ref((): ReferencedTable => grown, { nullable: true }),
    })
    await using(file, [grown], async (db) => {
      await db.migrate()
      const [row] = (await db.system.list(grown)).items
      expect(row).toEqual({
        id: expect.any(String),
        title: 'kept',
        note: null,
        rank: null,
        state: "it's new",
        done: false,
        big: 9007199254740993n,
        tags: ['a'],
        zero: 0,
        createdAt: new Date(1000),
        version: 1,
        parent: null,
      })
      expect(await db.plan()).toMatchObject({ steps: [], refused: [] })
    })
  })

  it('adds indexes, and unique keys where the rows allow', async () => {
    const file = await withRow()
    const indexed = notes(base.columns, { indexes: [['title']] })
    expect(await summaries(file, [indexed])).toEqual(['create index on notes (title, id)'])
    const unique = notes(base.columns, { unique: [['title']] })
    expect((await migrate(file, [unique])).steps).toHaveLength(1)
    await using(file, [unique], async (db) => {
      const twin = db.system.create(unique, { title: 'kept' })
      await expect(twin).rejects.toMatchObject({ code: 'conflict' })
    })
  })

  it.each<[string, () => AnyTable, string]>([
    ['dropping a column that holds data', () => notes({ id: id() }), 'notes.title: it holds data'],
    [
      'a required column without a default',
      () => notes({ id: id(), title: v.string(), rank: v.number() }),
      'notes.rank: the new column is required and has no constant default for the rows that are ' +
        'there; give it one, or make it nullable',
    ],
    [
      'a required column with a computed default',
      () => notes({ id: id(), title: v.string(), token: v.optional(v.string(), () => 'x') }),
      'notes.token: the new column is required',
    ],
    [
      'a change of type',
      () => notes({ id: id(), title: v.number() }),
      'notes.title: its type would change from TEXT to REAL',
    ],
  ])('refuses %s and changes nothing', async (_, changed, reason) => {
    const file = await withRow()
    const other = table('others', { id: id() })
    await using(file, [other, changed()], async (db) => {
      const { refused } = await db.plan()
      expect(refused).toEqual([expect.stringContaining(reason)])
      await expect(db.migrate()).rejects.toMatchObject({
        code: 'migration_refused',
        details: { refused },
        message: expect.stringContaining(reason),
      })
      await expect(db.migrate()).rejects.toThrow(
        'allow what is meant by its name (npx plinth migrate plan --allow NAME, or migrate({ allow',
      )
      expect((await db.plan()).steps[0]?.summary).toBe('create table others')
    })
    expect(await migrate(file, [base])).toMatchObject({ steps: [], refused: [] })
  })

  it('drops a unique key that code does not have any more', async () => {
    const file = freshFile()
    const keyed = notes(base.columns, { unique: [['title']] })
    await using(file, [keyed], async (db) => {
      await db.migrate()
      await db.system.create(keyed, { title: 'kept' })
    })
    await using(file, [base], async (db) => {
      const { steps } = await db.migrate()
      expect(steps.map(({ summary }) => summary)).toEqual(['drop unique key of notes (title)'])
      await db.system.create(base, { title: 'kept' })
      expect(await db.system.count(base)).toBe(2)
      expect(await db.plan()).toMatchObject({ steps: [], refused: [] })
    })
  })

  it('leaves unique keys alone that it did not make', async () => {
    const file = await withRow()
    const { default: Sqlite } = await import('better-sqlite3')
    const direct = new Sqlite(file)
    direct.exec('CREATE UNIQUE INDEX own ON notes (title)')
    direct.close()
    expect(await summaries(file, [base])).toEqual([])
  })

  it('refuses to change what a column refers to', async () => {
    const file = freshFile()
    const [one, other] = [table('ones', { id: id() }), table('others', { id: id() })]
    const marks = (of: ColumnInputs[string]) => table('marks', { id: id(), of })
    const marked = marks(ref(one))
    await using(file, [one, other, marked], async (db) => {
      await db.migrate()
      await db.system.create(marked, { of: (await db.system.create(one, {})).id })
    })
    const reason = 'marks.of: its reference would change from ones (on delete restrict) to '
    for (const [changed, to] of [
      [ref(other), 'others (on delete restrict)'],
      [ref(one, { onDelete: 'cascade' }), 'ones (on delete cascade)'],
      [column(v.pipe(v.string(), v.uuid())), 'none'],
    ] as const) {
      const { refused } = await using(file, [one, other, marks(changed)], (db) => db.plan())
      expect(refused).toEqual([`${reason}${to}; alter:marks.of changes it`])
    }
    expect(await migrate(file, [one, other, marked])).toMatchObject({ steps: [], refused: [] })
  })

  it('refuses more that would not keep the rows as they are', async () => {
    const file = freshFile()
    const wide = notes({ id: id(), title: v.nullable(v.string()), slug: v.string() })
    await using(file, [wide], async (db) => {
      await db.migrate()
      await db.system.createMany(wide, [
        { title: null, slug: 'a' },
        { title: 'x', slug: 'a' },
      ])
    })
    const strict = notes({ id: id(), title: v.string(), slug: v.string() }, { unique: [['slug']] })
    const { refused } = await using(file, [strict], (db) => db.plan())
    expect(refused).toEqual([
      'notes.title: it would no longer be nullable, and rows hold null',
      'notes: rows share values of (slug)',
    ])
  })

  it('refuses a unique key on a new column that gives rows one value', async () => {
    const file = await withRow()
    await using(file, [base], (db) => db.system.create(base, { title: 'second' }))
    const columns = { id: id(), title: v.string(), slug: v.optional(v.string(), 'same') }
    const keyed = notes(columns, { unique: [['slug']] })
    await using(file, [keyed], async (db) => {
      await expect(db.migrate()).rejects.toMatchObject({
        code: 'migration_refused',
        details: { refused: ['create unique index on notes (slug): rows would share values'] },
      })
    })
    expect(await migrate(file, [base])).toMatchObject({ steps: [], refused: [] })
  })

  it('refuses another primary key', async () => {
    const file = await withRow()
    const renamed = notes({
      id: v.pipe(v.string(), v.uuid()),
      title: column(v.string(), { primaryKey: true }),
    })
    const { refused } = await using(file, [renamed], (db) => db.plan())
    expect(refused).toEqual([
      'notes.id: the primary key would change',
      'notes.title: the primary key would change',
    ])
  })

  it('makes an empty table anew instead of refusing', async () => {
    const file = freshFile()
    const child = (parent: AnyTable) => table('children', { id: id(), note: ref(parent) })
    await migrate(file, [base, child(base)])
    const changed = notes({ id: id(), rank: v.number() }, { indexes: [['rank']] })
    await using(file, [changed, child(changed)], async (db) => {
      const { steps } = await db.migrate()
      expect(steps.map(({ summary }) => summary)).toEqual([
        'drop empty table notes',
        'create table notes',
        'create index on notes (rank, id)',
      ])
      const made = await db.system.create(changed, { rank: 1 })
      expect(await db.system.get(changed, made.id)).toEqual(made)
    })
  })

  it('leaves empty columns and other tables alone', async () => {
    const file = freshFile()
    const wide = notes({ id: id(), title: v.string(), extra: v.optional(v.string()) })
    const other = table('others', { id: id() })
    await using(file, [wide, other], async (db) => {
      await db.migrate()
      await db.system.create(wide, { title: 'a' })
      await db.system.create(other, {})
    })
    expect(await migrate(file, [base])).toMatchObject({ steps: [], refused: [] })
    expect(await using(file, [wide, other], (db) => db.system.count(other))).toBe(1)
  })

  it('makes what others added to a table again with it', async () => {
    const file = await withRow()
    const { default: Sqlite } = await import('better-sqlite3')
    const direct = (sql: string) => {
      const database = new Sqlite(file)
      onTestFinished(() => void database.close())
      return sql.startsWith('SELECT') ? database.prepare(sql).all() : database.exec(sql)
    }
    direct('CREATE TABLE seen (title TEXT)')
    direct("CREATE INDEX own ON notes (title) WHERE title <> ''")
    direct('CREATE INDEX upper ON notes (upper(title))')
    const body = 'BEGIN INSERT INTO seen VALUES (new.title); END'
    direct(`CREATE TRIGGER watch AFTER INSERT ON notes ${body}`)
    const loose = notes({ id: id(), title: v.nullable(v.string()) })
    expect((await migrate(file, [loose])).steps).toHaveLength(1)
    // Copying the rows back is not taken for creating them.
    expect(direct('SELECT * FROM seen')).toEqual([])
    await using(file, [loose], (db) => db.system.create(loose, { title: 'new' }))
    expect(direct('SELECT * FROM seen')).toEqual([{ title: 'new' }])
    const left = "SELECT name FROM sqlite_schema WHERE name IN ('own', 'upper', 'watch')"
    expect(direct(left)).toHaveLength(3)
    const renamed = table('memos', { id: id(), title: v.string() })
    await using(file, [renamed], async (db) => {
      const options = { rename: { notes: 'memos' }, allow: ['alter:memos.title'] }
      await expect(db.plan(options)).rejects.toMatchObject({
        code: 'misuse',
        message: expect.stringContaining('rename in a migration before'),
      })
    })
  })

  it('refuses references that rows do not keep to, and keeps the rows', async () => {
    const file = await withRow()
    const others = table('others', { id: id() })
    const free = notes({ id: id(), title: v.string(), of: v.nullable(v.string()) })
    await using(file, [others, free], async (db) => {
      await db.migrate()
      await db.system.create(free, { title: 'a', of: 'nobody' })
    })
    const bound = notes({ id: id(), title: v.string(), of: ref(others, { nullable: true }) })
    await using(file, [others, bound], async (db) => {
      const allow = ['alter:notes.of']
      await expect(db.migrate({ allow })).rejects.toMatchObject({
        code: 'migration_refused',
        details: { refused: ['notes: rows refer to rows of others that are not there'] },
      })
      expect(await db.system.count(bound)).toBe(2)
      await db.system.updateMany(bound, {}, { of: null })
      expect((await db.migrate({ allow })).steps).toMatchObject([
        {
          summary:
            'create index on notes (of, id), add reference notes.of to others (on delete restrict): ' +
            'by making the table anew',
        },
      ])
    })
  })

  it('is safe when several start at once', async () => {
    const file = freshFile()
    const tables = [base, table('others', { id: id(), note: ref(base) })]
    const all = await Promise.all(
      Array.from({ length: 6 }, () =>
        using(file, tables, async (db) => {
          const [one, two] = await Promise.all([db.migrate(), db.migrate()])
          await db.system.create(base, { title: 'a' })
          return one.steps.length + two.steps.length
        }),
      ),
    )
    expect(all.filter((steps) => steps > 0)).toHaveLength(1)
    expect(await using(file, tables, (db) => db.system.count(base))).toBe(6)
  })
})
