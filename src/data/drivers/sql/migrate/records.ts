import * as v from 'valibot'
import { column } from '../../../columns.ts'
import { table } from '../../../define-table.ts'
import { Models } from '../../../model.ts'
import { created } from './judge.ts'
import { ask, type Session, write } from './session.ts'
import { wantedTables } from './wanted.ts'

/** What a database knows of a file that was run on it. */
export interface MigrationRecord {
  readonly name: string
  /** SHA-256 of the file's text. */
  readonly checksum: string
  readonly statements: number
  /** How many of them were begun, and are done: the same number unless one failed half-way. */
  readonly begun: number
  readonly done: number
  /** SHA-256 of those that are done. */
  readonly ran: string
  /** When it was run, in milliseconds since the Unix epoch. */
  readonly at: number
}

const NAME = 'plinth_migrations'

const records = table(NAME, {
  name: column(v.pipe(v.string(), v.maxLength(200)), { primaryKey: true }),
  checksum: v.pipe(v.string(), v.maxLength(64)),
  statements: v.pipe(v.number(), v.integer()),
  begun: v.pipe(v.number(), v.integer()),
  done: v.pipe(v.number(), v.integer()),
  ran: v.pipe(v.string(), v.maxLength(64)),
  at: v.pipe(v.number(), v.integer()),
})

const COLUMNS = ['name', 'checksum', 'statements', 'begun', 'done', 'ran', 'at'] as const

/** The files that were run, by name; none where no file ever was. */
export async function readRecords(session: Session): Promise<MigrationRecord[]> {
  const { driver, connection } = session
  const live = await driver.inspect([NAME], connection)
  if (live.length === 0) return []
  const { quote } = driver.dialect
  const rows = await ask(
    session,
    `SELECT ${COLUMNS.map(quote).join(', ')} FROM ${quote(NAME)} ORDER BY ${quote('name')}`,
    ['text', 'text', 'integer', 'integer', 'integer', 'text', 'integer'],
  )
  return rows.map(([name, checksum, statements, begun, done, ran, at]) => ({
    name: String(name),
    checksum: String(checksum),
    statements: Number(statements),
    begun: Number(begun),
    done: Number(done),
    ran: String(ran),
    at: Number(at),
  }))
}

/** Makes the table of records where there is none. */
export async function ensureRecords(session: Session): Promise<void> {
  const { driver, connection } = session
  if ((await driver.inspect([NAME], connection)).length > 0) return
  const { schema } = driver
  const wanted = await wantedTables({ models: new Models([records]), schema, now: 0 })
  const changes = wanted.flatMap(created)
  const steps = await schema.write(changes, {
    wanted,
    live: [],
    before: (name) => name,
    isRenamed: () => false,
    ask: (sql) => ask(session, sql),
  })
  for (const { sql } of steps) for (const statement of sql) await write(session, statement)
}

export async function addRecord(session: Session, record: MigrationRecord): Promise<void> {
  const { quote } = session.driver.dialect
  await write(
    session,
    `INSERT INTO ${quote(NAME)} (${COLUMNS.map(quote).join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      ['text', record.name],
      ['text', record.checksum],
      ['integer', record.statements],
      ['integer', record.begun],
      ['integer', record.done],
      ['text', record.ran],
      ['integer', record.at],
    ],
  )
}

/** Notes how far a file got, and in which form. */
export async function markRecord(session: Session, record: MigrationRecord): Promise<void> {
  const { quote } = session.driver.dialect
  const changes = (['checksum', 'statements', 'begun', 'done', 'ran'] as const).map(
    (name) => `${quote(name)} = ?`,
  )
  await write(
    session,
    `UPDATE ${quote(NAME)} SET ${changes.join(', ')} WHERE ${quote('name')} = ?`,
    [
      ['text', record.checksum],
      ['integer', record.statements],
      ['integer', record.begun],
      ['integer', record.done],
      ['text', record.ran],
      ['text', record.name],
    ],
  )
}

export function isDone(record: MigrationRecord | undefined): boolean {
  return record !== undefined && record.done === record.statements
}
