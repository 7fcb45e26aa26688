import { column, id, open, type ReferencedTable, ref, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'

/** The message of the misuse that `declare` throws. */
function messageOf(declare: () => unknown): string {
  try {
    declare()
  } catch (error) {
    expect(error).toMatchObject({ code: 'misuse' })
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

const declareWith = (columns: object, options: object = {}) =>
  messageOf(() => table('notes', { id: id(), ...columns } as never, options as never))

describe('table()', () => {
  it('refuses a reference to the name of a table', () => {
    const toName = (): unknown => ref('users' as never)
    expect(messageOf(toName)).toBe('ref(): expected a table, such as ref(users); got string')
  })

  it('reports all mistakes at once, naming the table', () => {
    const message = messageOf(() =>
      table(
        'Notes',
        { title: v.string(), and: v.string(), f: v.function(), 'a b': v.string() } as never,
        { index: [], indexes: [['titel']], policy: { reads: true } } as never,
      ),
    )
    expect(message).toMatch(/^table\("Notes"\): /)
    for (const part of [
      'lower-case',
      'column "and": the name is reserved',
      'column "f": the schema has no storage for valibot\'s function; supported are string',
      'column "a b"',
      'expected one primary key',
      'options: "index" is unknown; expected indexes, unique, policy',
      'unknown column "titel"; columns are: title',
      'policy: "reads" is unknown; expected all, read',
    ]) {
      expect(message).toContain(part)
    }
  })

  it.each(['', 'Notes', '1st', 'a-b', 'a b', 'ä', 'a"b', 'a'.repeat(64), undefined, 5])(
    'refuses the name %j',
    (name) => {
      expect(messageOf(() => table(name as never, { id: id() }))).toContain('lower-case')
    },
  )

  it.each(['sqlite_notes', 'pg_notes'])('leaves %s to the database', (name) => {
    expect(messageOf(() => table(name, { id: id() }))).toContain('belong to the databases')
  })

  it.each(['or', 'not', 'constructor', 'toString', 'valueOf', '_x', '1x', 'a.b', 'a"b', 'ä'])(
    'refuses the column name %s',
    (name) => {
      expect(declareWith({ [name]: v.string() })).toContain(`column "${name}"`)
    },
  )

  it('refuses columns that differ only in case', () => {
    expect(declareWith({ createdAt: v.string(), createdat: v.string() })).toContain('only in case')
  })

  it('needs exactly one primary key', () => {
    expect(messageOf(() => table('notes', { title: v.string() }))).toContain('found none')
    expect(declareWith({ key: id() })).toContain('found id, key')
  })

  it.each([
    ['function', v.function()],
    ['symbol', v.symbol()],
    ['never', v.never()],
    ['map', v.map(v.string(), v.string())],
    ['set', v.set(v.string())],
    ['promise', v.promise()],
    ['file', v.file()],
    ['nan', v.nan()],
    ['void', v.void()],
    ['custom', v.custom(() => true)],
  ])('refuses a schema without storage: %s', (type, schema) => {
    const message = declareWith({ field: schema })
    expect(message).toContain(`column "field": the schema has no storage for valibot's ${type}`)
    expect(declareWith({ field: v.optional(schema as never) })).toContain('no storage')
  })

  it('refuses schemas whose output it cannot know', () => {
    expect(declareWith({ field: v.pipe(v.string(), v.transform(Number)) })).toContain('transform')
    expect(declareWith({ field: v.pipeAsync(v.string()) })).toContain('asynchronous')
    expect(declareWith({ field: v.picklist(['a', 1]) })).toContain('mixes types')
    expect(declareWith({ field: v.instance(URL) })).toContain('this class')
  })

  it.each([[undefined], [null], ['text'], [String], [{}]])('refuses %j as a column', (input) => {
    expect(declareWith({ field: input })).toContain('expected a valibot schema or a column')
  })

  it('checks the filters of constant rules', () => {
    const withRule = (rule: unknown) => declareWith({ n: v.number() }, { policy: { read: rule } })
    expect(withRule({ m: 1 })).toContain('policy.read: m: Unknown column. Columns are: id, n')
    expect(withRule({ n: '1' })).toContain('policy.read: n: Expected a finite number.')
    expect(withRule({ n: undefined })).toContain('policy.read: n: Expected a value, got undefined')
    expect(withRule({ n: { like: 1 } })).toContain('n.like: Unknown operator')
    expect(withRule('all')).toContain('expected a filter, a boolean or a function')
    expect(withRule(null)).toContain('expected a filter, a boolean or a function')
  })

  it('refuses lists of columns that make no index', () => {
    const withIndex = (indexes: unknown) => declareWith({ a: v.string() }, { indexes })
    expect(withIndex('a')).toContain('expected an array of arrays')
    expect(withIndex(['a'])).toContain('got "a"')
    expect(withIndex([[]])).toContain('got []')
    expect(withIndex([['a', 'a']])).toContain('repeats')
    expect(withIndex([['a'], ['a']])).toContain('twice')
    expect(withIndex([['toString']])).toContain('unknown column')
  })

  it('cannot be changed once declared', () => {
    const notes = table('notes', { id: id() }, { policy: { read: true } })
    expect(() => Object.assign(notes.policy, { all: true })).toThrow(TypeError)
    expect(() => Object.assign(notes.columns, { x: id() })).toThrow(TypeError)
    expect(() => Object.assign(notes, { policy: { all: true } })).toThrow(TypeError)
  })
})

describe('the column builders', () => {
  it('name a misspelt option and what was expected', () => {
    expect(messageOf(() => timestamp({ defualt: 'now' } as never))).toBe(
      'timestamp(): option "defualt" is unknown; expected default, onUpdate, nullable',
    )
    expect(messageOf(() => ref(table('a', { id: id() }), { ondelete: 'cascade' } as never))).toBe(
      'ref(): option "ondelete" is unknown; expected default, onDelete, nullable',
    )
    expect(messageOf(() => column(v.string(), { primary: true } as never))).toContain('"primary"')
    expect(messageOf(() => timestamp({ default: 'today' } as never))).toContain('"today"')
    expect(messageOf(() => ref(table('a', { id: id() }), { default: 'me' } as never))).toContain(
      '"me"',
    )
    expect(messageOf(() => ref(table('a', { id: id() }), { onDelete: 'set null' }))).toContain(
      'nullable',
    )
    expect(messageOf(() => column(v.number(), { primaryKey: true }))).toContain('text')
  })

  it('take a reference to a table that is declared later', () => {
    const chapters = table('chapters', {
      id: id(),
      book: ref((): ReferencedTable => books),
      before: ref((): ReferencedTable => chapters, { nullable: true }),
    })
    const books = table('books', { id: id(), title: v.string() })
    expect(chapters.columns.book.kind).toBe('uuid')
    expect(chapters.columns.before.nullable).toBe(true)
  })

  it('give a transformed value the storage that it is told', () => {
    const csv = v.pipe(
      v.string(),
      v.transform((text) => text.split(',')),
    )
    const notes = table('notes', { id: id(), tags: column(v.nullable(csv), { kind: 'json' }) })
    expect(notes.columns.tags).toMatchObject({ kind: 'json', nullable: true })
  })
})

describe('open()', () => {
  it('refuses two tables of one name', async () => {
    const [one, two] = [table('notes', { id: id() }), table('notes', { id: id() })]
    await expect(open(sqlite(':memory:', [one, two]))).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringContaining('two tables are named "notes"'),
    })
  })

  it('refuses a reference to a table that is not there', async () => {
    const users = table('users', { id: id() })
    const notes = table('notes', { id: id(), owner: ref(users) })
    await expect(open(sqlite(':memory:', [notes]))).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringMatching(/table\("notes"\) column "owner": .*"users"/),
    })
    const db = await open(sqlite(':memory:', [notes]), { tables: [users, users] })
    await db.close()
  })

  it('keeps its own keys out of reach', async () => {
    const keys = table('plinth_keys', { id: id(), name: v.string() }, { policy: { all: true } })
    await expect(open(sqlite(':memory:', [keys]))).rejects.toMatchObject({ code: 'misuse' })
    const db = await open(sqlite(':memory:', []))
    await db.migrate()
    const read = db.system.list(keys)
    await expect(read).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringContaining('"plinth_keys" is not among the tables'),
    })
    await db.close()
  })

  it('names a misspelt option', async () => {
    const opened = open(sqlite(':memory:', []), { table: [] } as never)
    await expect(opened).rejects.toMatchObject({
      message: 'open(): option "table" is unknown; expected tables, signals, clock, onChange',
    })
  })
})
