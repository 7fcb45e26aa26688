import {
  type AnyTable,
  type ColumnInputs,
  type Database,
  id,
  type MigrationOptions,
  open,
  type ReferencedTable,
  ref,
  table,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { databases, type Fresh } from './migration-databases.ts'
import { mariadbOrMysql } from './servers.ts'

const short = v.pipe(v.string(), v.maxLength(40))
const make = <const C extends ColumnInputs>(name: string, columns: C, options = {}): AnyTable =>
  table(name, { id: id(), ...columns }, options) as AnyTable

async function using<T>(fresh: Fresh, tables: AnyTable[], use: (db: Database) => Promise<T>) {
  const db = await open(fresh.source(tables))
  try {
    return await use(db)
  } finally {
    await db.close()
  }
}

/** The rows of a table in order. */
async function rows(db: Database, from: AnyTable): Promise<Record<string, unknown>[]> {
  return (await db.system.list(from, { orderBy: { id: 'asc' } as never })).items as never
}

/** Makes the tables, with rows given as `[table, values]`; each may use the keys of those before. */
async function fill(
  db: Database,
  list: readonly (readonly [AnyTable, (keys: readonly string[]) => object])[],
): Promise<string[]> {
  await db.migrate()
  const keys: string[] = []
  for (const [of, values] of list) {
    const row = (await db.system.create(of, values(keys) as never)) as { id: string }
    keys.push(row.id)
  }
  return keys
}

async function summaries(db: Database, options: MigrationOptions = {}): Promise<string[]> {
  const { steps } = await db.migrate(options)
  expect(await db.plan()).toMatchObject({ steps: [], refused: [] })
  return steps.map(({ summary }) => summary)
}

describe.each(databases)(
  'a migration on $name',
  { timeout: 120_000 },
  ({ name, fresh: freshDatabase }) => {
    it('changes a table without firing the cascades of its children', async () => {
      const fresh = await freshDatabase()
      const users = make('users', { name: v.nullable(short), friend: selfRef('cascade') })
      function selfRef(onDelete: 'cascade') {
        return ref((): ReferencedTable => users, { nullable: true, onDelete })
      }
      const posts = make('posts', { by: ref(users, { onDelete: 'cascade' }) })
      const marks = make('marks', {
        by: ref(users, { onDelete: 'set null', nullable: true }),
        post: ref(posts, { onDelete: 'cascade' }),
        keep: ref(users),
      })
      const before = await using(fresh, [users, posts, marks], async (db) => {
        await fill(db, [
          [users, () => ({ name: 'a' })],
          [users, ([a]) => ({ name: null, friend: a })],
          [posts, ([a]) => ({ by: a })],
          [posts, ([, b]) => ({ by: b })],
          [marks, ([a, , post]) => ({ by: a, post, keep: a })],
          [marks, ([a, b, , post]) => ({ by: b, post, keep: a })],
        ])
        return Promise.all([posts, marks].map((of) => rows(db, of)))
      })
      const strict = make('users', {
        name: v.optional(short, 'nobody'),
        friend: ref((): ReferencedTable => strict, { nullable: true, onDelete: 'set null' }),
        rank: v.nullable(v.number()),
      })
      const allow = ['alter:users.name', 'alter:users.friend']
      const after = make('posts', { by: ref(strict, { onDelete: 'cascade' }) })
      const marked = make('marks', {
        by: ref(strict, { onDelete: 'set null', nullable: true }),
        post: ref(after, { onDelete: 'cascade' }),
        keep: ref(strict),
      })
      await using(fresh, [strict, after, marked], async (db) => {
        await summaries(db, { allow })
        expect(await rows(db, strict)).toMatchObject([{ name: 'a' }, { name: 'nobody' }])
        expect(await rows(db, after)).toEqual(before[0])
        expect(await rows(db, marked)).toEqual(before[1])
        // The references are there as before.
        const [first] = await rows(db, strict)
        await expect(db.system.delete(strict, String(first?.['id']))).rejects.toMatchObject({
          code: 'invalid_reference',
        })
        await db.system.deleteMany(marked, {})
        expect(await db.system.delete(strict, String(first?.['id']))).toBe(true)
        expect(await rows(db, after)).toHaveLength(1)
        expect(await rows(db, strict)).toMatchObject([{ friend: null }])
      })
    })

    it('renames tables and columns, their indexes and what refers to them', async () => {
      const fresh = await freshDatabase()
      const options = { indexes: [['title']], unique: [['slug']] }
      const notes = make('notes', { title: short, slug: short }, options)
      const links = make('links', { note: ref(notes, { onDelete: 'cascade' }) })
      await using(fresh, [notes, links], (db) =>
        fill(db, [
          [notes, () => ({ title: 'kept', slug: 'a' })],
          [links, ([note]) => ({ note })],
        ]),
      )
      const memos = make(
        'memos',
        { name: short, slug: short },
        { indexes: [['name']], unique: [['slug']] },
      )
      const ties = make('links', { memo: ref(memos, { onDelete: 'cascade' }) })
      // Another table takes over the name, and with it the names of indexes.
      const others = make('notes', { title: short, slug: short }, options)
      await using(fresh, [memos, ties], async (db) => {
        const rename = { notes: 'memos', 'memos.title': 'memos.name', 'links.note': 'links.memo' }
        const steps = await summaries(db, { rename })
        expect(steps.slice(0, 3)).toEqual([
          'rename table notes to memos',
          'rename column memos.title to name',
          'rename column links.note to memo',
        ])
        expect(await rows(db, memos)).toMatchObject([{ name: 'kept', slug: 'a' }])
        // Said again, it is done already.
        expect(await summaries(db, { rename })).toEqual([])
        await expect(db.plan({ rename: { nothing: 'memos.x' } })).rejects.toMatchObject({
          code: 'misuse',
        })
      })
      const again = make('links', {
        memo: ref(memos, { onDelete: 'cascade' }),
        note: ref(others, { nullable: true }),
      })
      await using(fresh, [memos, again, others], async (db) => {
        await summaries(db)
        await db.system.deleteMany(memos, {})
        expect(await rows(db, again)).toEqual([])
      })
    })

    it('drops what is named, and nothing with it', async () => {
      const fresh = await freshDatabase()
      const old = make('old', { title: short })
      const notes = make('notes', {
        title: short,
        body: v.nullable(v.string()),
        of: ref(old, { onDelete: 'cascade' }),
      })
      await using(fresh, [old, notes], (db) =>
        fill(db, [
          [old, () => ({ title: 'gone' })],
          [notes, ([of]) => ({ title: 'kept', body: 'gone', of })],
        ]),
      )
      const slim = make('notes', { title: short })
      await using(fresh, [slim], async (db) => {
        await expect(db.plan({ allow: ['drop:notes'] })).rejects.toMatchObject({ code: 'misuse' })
        await expect(db.plan({ allow: ['all'] })).rejects.toMatchObject({ code: 'misuse' })
        const allow = ['drop:old', 'drop:notes.body', 'drop:notes.of']
        const steps = (await summaries(db, { allow })).join()
        for (const what of ['drop table old', 'drop column notes.body', 'drop column notes.of']) {
          expect(steps).toContain(what)
        }
        expect(await rows(db, slim)).toMatchObject([{ title: 'kept' }])
      })
      await using(fresh, [slim, make('old', { title: short })], async (db) => {
        expect(await summaries(db)).toEqual(['create table old'])
      })
    })

    it('bears the longest names', async () => {
      const fresh = await freshDatabase()
      const long = (end: string) => `a${'b'.repeat(61)}${end}`
      const names = { [long('1')]: short, [long('2')]: short }
      const keys = { indexes: [[long('1')], [long('2')]], unique: [[long('1'), long('2')]] }
      const first = make(long('1'), names, keys)
      const second = make(long('2'), { ...names, of: ref(first), self: selfRef() }, keys)
      function selfRef() {
        return ref((): ReferencedTable => second, { nullable: true })
      }
      await using(fresh, [first, second], async (db) => {
        await summaries(db)
        expect(await db.migrate()).toMatchObject({ steps: [] })
        await db.system.create(first, { [long('1')]: 'a', [long('2')]: 'b' } as never)
        const twin = db.system.create(first, { [long('1')]: 'a', [long('2')]: 'b' } as never)
        await expect(twin).rejects.toMatchObject({ code: 'conflict' })
      })
    })

    it('makes tables that refer to each other', async () => {
      const fresh = await freshDatabase()
      const hens = make('hens', { from: ref((): ReferencedTable => eggs, { nullable: true }) })
      const eggs: AnyTable = make('eggs', { by: ref(hens, { onDelete: 'cascade' }) })
      await using(fresh, [hens, eggs], async (db) => {
        await summaries(db)
        const [hen, egg] = await fill(db, [
          [hens, () => ({})],
          [eggs, ([by]) => ({ by })],
        ])
        await db.system.update(hens, hen as string, { from: egg } as never)
        await expect(db.system.delete(eggs, egg as string)).rejects.toMatchObject({
          code: 'invalid_reference',
        })
      })
    })

    it('leaves what it does not know as it is', async () => {
      const fresh = await freshDatabase()
      const notes = make('notes', { title: v.nullable(short) })
      await using(fresh, [notes], (db) => fill(db, [[notes, () => ({ title: 'a' })]]))
      const key = name === 'SQLite' ? 'TEXT' : name === 'MariaDB' ? 'char(36)' : 'uuid'
      const column =
        name === 'MariaDB' ? `${key} CHARACTER SET utf8mb4 COLLATE ${await collation()}` : key
      await fresh.exec(
        `CREATE TABLE foreign_notes (note ${column}, FOREIGN KEY (note) REFERENCES notes (id) ON DELETE CASCADE)`,
      )
      await fresh.exec('INSERT INTO foreign_notes SELECT id FROM notes')
      await fresh.exec(`CREATE INDEX hers ON notes (title${name === 'MariaDB' ? '(10)' : ''})`)
      const strict = make('notes', { title: v.optional(short, 'b'), rank: v.nullable(v.number()) })
      await using(fresh, [strict], async (db) => {
        await summaries(db, { allow: ['alter:notes.title'] })
        await db.migrate()
      })
      const probe = make('foreign_notes', {})
      await using(fresh, [strict], (db) => db.ping())
      await fresh.exec('DROP INDEX hers'.concat(name === 'MariaDB' ? ' ON notes' : ''))
      await using(fresh, [strict, probe], async (db) => {
        // Its rows are still there, so it cannot become another table.
        expect((await db.plan()).refused.join()).toContain('foreign_notes.id')
      })
    })

    it('has nothing to do where there are no tables', async () => {
      await using(await freshDatabase(), [], async (db) => {
        await db.migrate()
        expect(await db.migrate()).toMatchObject({ steps: [], refused: [], notes: [] })
      })
    })
  },
)

const servers = databases.filter(({ name }) => name === 'PostgreSQL' || name === 'MariaDB')

describe.each(servers)('what blocks others on $name', ({ name, fresh: freshDatabase }) => {
  it('is said beside the step', async () => {
    const fresh = await freshDatabase()
    const notes = make('notes', { title: v.nullable(short), rank: v.nullable(v.bigint()) })
    await using(fresh, [notes], (db) => db.migrate())
    const changed = make(
      'notes',
      {
        title: v.optional(short, 'x'),
        rank: v.nullable(short),
        of: ref((): ReferencedTable => changed, { nullable: true }),
      },
      { indexes: [['title']] },
    )
    await using(fresh, [changed], async (db) => {
      const allow = ['alter:notes.title', 'alter:notes.rank']
      const { steps } = await db.plan({ allow, assumeRows: true })
      const blocks = steps
        .map(({ summary, blocks }) => `${summary}: ${blocks ?? 'nobody'}`)
        .join('\n')
      if (name === 'PostgreSQL') {
        expect(blocks).toContain(
          'CREATE INDEX CONCURRENTLY "notes.title.index" ON "notes" ("title", "id")',
        )
        expect(blocks).toContain(
          'to be required: Blocks readers and writers of notes while all its rows are checked',
        )
      }
      expect(blocks).toMatch(
        /change column notes.rank .*: Blocks .* writers of notes|Blocks writers of notes/,
      )
      expect(blocks).toMatch(/add reference notes.of .*: Blocks writers of notes/)
      expect(blocks).toContain('add column notes.of: nobody')
    })
  })
})

/** What tables have on the server that answers. */
async function collation(): Promise<string> {
  return (await mariadbOrMysql()) === 'mariadb' ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
}
