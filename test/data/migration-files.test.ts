import {
  type AnyTable,
  type ColumnInputs,
  type Database,
  id,
  type MigrationFile,
  open,
  type PlanOptions,
  table,
  toMigrationFile,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { databases, type Fresh } from './migration-databases.ts'

const short = v.pipe(v.string(), v.maxLength(40))
const notes = <const C extends ColumnInputs>(columns: C, unique: string[][] = []) =>
  table('notes', { id: id(), ...columns }, { unique } as never)
const base = notes({ title: short })

async function using<T>(fresh: Fresh, tables: AnyTable[], use: (db: Database) => Promise<T>) {
  const db = await open(fresh.source(tables), { clock: { now: () => 1000 } })
  try {
    return await use(db)
  } finally {
    await db.close()
  }
}

/** The file that leads from the database to the tables in code. */
async function plan(db: Database, name: string, options: PlanOptions = {}): Promise<MigrationFile> {
  return { name, text: toMigrationFile(await db.plan({ assumeRows: true, ...options })) }
}

describe.each(databases)(
  'migration files on $name',
  { timeout: 120_000 },
  ({ transactional, fresh: freshDatabase }) => {
    it('are run once, in order, and recorded', async () => {
      const fresh = await freshDatabase()
      const wide = notes({ title: short, body: v.nullable(v.string()) })
      const files: MigrationFile[] = []
      await using(fresh, [base], async (db) => {
        files.push(await plan(db, '0001_notes.sql'))
        expect(await db.applyMigrations(files)).toEqual(['0001_notes.sql'])
        expect(await db.applyMigrations(files)).toEqual([])
        await db.system.create(base, { title: 'kept' })
      })
      await using(fresh, [wide], async (db) => {
        files.unshift(await plan(db, '0002_body.sql'))
        expect(await db.migrationStatus(files)).toMatchObject({
          applied: [{ name: '0001_notes.sql', at: new Date(1000) }],
          pending: ['0002_body.sql'],
          differences: ['add column notes.body'],
        })
        expect(await db.applyMigrations(files)).toEqual(['0002_body.sql'])
        expect(await db.migrationStatus(files)).toMatchObject({ pending: [], differences: [] })
        expect((await db.system.list(wide)).items).toMatchObject([{ title: 'kept', body: null }])
      })
    })

    it('make the start compare instead of changing', async () => {
      const fresh = await freshDatabase()
      await using(fresh, [base], async (db) => {
        await db.applyMigrations([await plan(db, '0001_notes.sql')])
        expect(await db.migrate()).toMatchObject({ steps: [], refused: [] })
      })
      await using(fresh, [notes({ title: short, body: v.nullable(v.string()) })], async (db) => {
        await expect(db.migrate()).rejects.toMatchObject({
          code: 'migration_refused',
          details: { refused: ['add column notes.body'] },
          message: expect.stringContaining('npx plinth migrate plan'),
        })
        expect((await db.plan()).steps).toHaveLength(1)
      })
      // Deployed before its column is dropped, code without it works.
      const bare = table('notes', { id: id() })
      await using(fresh, [bare], async (db) => {
        await expect(db.migrate()).rejects.toMatchObject({
          details: { refused: [expect.stringContaining('notes.title: it is required')] },
        })
        const relax = await plan(db, '0002_relax.sql', { allow: ['alter:notes.title'] })
        await expect(db.applyMigrations([relax])).rejects.toThrow('0001_notes.sql was applied')
      })
    })

    it('are refused when they changed, are missing or for another database', async () => {
      const fresh = await freshDatabase()
      await using(fresh, [base], async (db) => {
        const file = await plan(db, '0001_notes.sql')
        await db.applyMigrations([file])
        const changed = { ...file, text: `${file.text}\n-- more` }
        await expect(db.applyMigrations([changed])).rejects.toMatchObject({
          code: 'migration_refused',
          details: { refused: ['0001_notes.sql was changed after it was applied'] },
        })
        await expect(db.applyMigrations([])).rejects.toMatchObject({
          details: { refused: ['0001_notes.sql was applied, but is not among the files'] },
        })
        const windows = { ...file, text: file.text.replaceAll('\n', '\r\n') }
        expect(await db.applyMigrations([windows])).toEqual([])
        const foreign = { name: '0002_x.sql', text: '-- Plinth migration for oracle\n' }
        await expect(db.applyMigrations([file, foreign])).rejects.toMatchObject({
          code: 'misuse',
          message: expect.stringContaining('it is for oracle'),
        })
        const plain = { name: '0002_x.sql', text: 'DROP TABLE notes;\n' }
        await expect(db.applyMigrations([file, plain])).rejects.toMatchObject({ code: 'misuse' })
        await expect(db.applyMigrations([file, file])).rejects.toThrow('it is listed twice')
        expect(await db.migrationStatus([changed, plain].slice(0, 1))).toMatchObject({
          changed: ['0001_notes.sql'],
        })
      })
    })

    it('say where they failed, and go on when that is mended', async () => {
      const fresh = await freshDatabase()
      const keyed = notes({ title: short, rank: v.nullable(v.number()) }, [['title']])
      const first = await using(fresh, [base], async (db) => {
        const file = await plan(db, '0001_notes.sql')
        await db.applyMigrations([file])
        await db.system.createMany(base, [{ title: 'same' }, { title: 'same' }])
        return file
      })
      const files = await using(fresh, [keyed], async (db) => {
        const both = [first, await plan(db, '0002_key.sql')]
        for (const _ of ['once', 'again']) {
          await expect(db.applyMigrations(both)).rejects.toMatchObject({
            code: 'migration_refused',
            message: expect.stringContaining('rows would share values'),
          })
          const { pending, failed } = await db.migrationStatus(both)
          expect(pending).toEqual(['0002_key.sql'])
          // The key comes last.
          expect(failed?.statement).toBe(failed?.statements)
          expect(failed === undefined).toBe(transactional)
        }
        return both
      })
      await using(fresh, [base], async (db) => {
        const row = await db.system.first(base)
        await db.system.update(base, row?.id ?? '', { title: 'other' })
      })
      await using(fresh, [keyed], async (db) => {
        expect(await db.applyMigrations(files)).toEqual(['0002_key.sql'])
        expect(await db.migrationStatus(files)).toMatchObject({ pending: [], differences: [] })
        expect(await db.system.count(keyed)).toBe(2)
      })
    })

    it('can be written by hand, statements of several lines included', async () => {
      const fresh = await freshDatabase()
      await using(fresh, [base], async (db) => {
        const file = await plan(db, '0001_notes.sql')
        const hand = {
          name: '0002_first.sql',
          text:
            `${file.text.split('\n')[0]}\n\n-- Step 1: the first note\nINSERT INTO notes (id, title)\n` +
            "VALUES ('018f0000-0000-7000-8000-000000000000', 'a;\n\nb''');\n\n" +
            "UPDATE notes SET title = 'c' WHERE title = 'none'; -- the end\n;\n",
        }
        await db.applyMigrations([file, hand])
        expect((await db.system.list(base)).items).toMatchObject([{ title: "a;\n\nb'" }])
        const broken = {
          name: '0003_broken.sql',
          text: hand.text.replace('INSERT INTO', 'INSRT INTO'),
        }
        await expect(db.applyMigrations([file, hand, broken])).rejects.toMatchObject({
          code: 'migration_failed',
          details: { file: '0003_broken.sql', step: 'the first note', statement: 1 },
        })
      })
    })

    it('begin on a database that was there before them', async () => {
      const fresh = await freshDatabase()
      await using(fresh, [base], async (db) => {
        await db.migrate()
        const file = await plan(db, '0001_notes.sql', { fromEmpty: true })
        await expect(db.applyMigrations([file])).rejects.toMatchObject({ code: 'migration_failed' })
      })
      const other = await freshDatabase()
      await using(other, [base], async (db) => {
        await db.migrate()
        const file = await plan(db, '0001_notes.sql', { fromEmpty: true })
        const options = { baseline: '0001_notes.sql' }
        expect(await db.applyMigrations([file], options)).toEqual([])
        expect((await db.migrationStatus([file])).applied).toHaveLength(1)
        await expect(db.applyMigrations([file], options)).rejects.toMatchObject({ code: 'misuse' })
        await expect(db.applyMigrations([file], { baseline: 'none' })).rejects.toMatchObject({
          code: 'misuse',
        })
      })
    })
  },
)
