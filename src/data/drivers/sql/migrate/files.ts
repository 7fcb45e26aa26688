import { misuse, PlinthError, sha256 } from '../../../../kernel/index.ts'
import { type MigrationScript, parseMigrationFile } from '../../../migration-file.ts'
import type { MigrationFile, MigrationStatus } from '../../../migrations.ts'
import type { SqlDriver } from '../driver.ts'
import { type Code, plan } from './plan.ts'
import {
  addRecord,
  ensureRecords,
  isDone,
  type MigrationRecord,
  markRecord,
  readRecords,
} from './records.ts'
import { alone, assertSame, check } from './run.ts'
import { type Session, write } from './session.ts'

interface ReadFile extends MigrationScript {
  readonly name: string
  readonly checksum: string
}

/**
 * Runs the files that were not run yet, in the order of their names, each recorded; returns their
 * names. Afterwards the database must be what the tables in code say.
 */
export async function applyFiles(
  code: Code,
  driver: SqlDriver,
  { files, baseline }: ApplyOptions,
): Promise<string[]> {
  const read = await readFiles(files, driver)
  if (baseline !== undefined) await recordBaseline(read, baseline, { code, driver })
  const applied: string[] = []
  for (;;) {
    // One at a time, so that those which succeeded stay when the next one fails.
    const name = await alone(driver, (session, at) => applyNext(read, { code, session, at }))
    if (name === undefined) break
    applied.push(name)
  }
  assertSame(await plan(code, { driver }, { assumeRows: true }))
  return applied
}

export interface ApplyOptions {
  readonly files: readonly MigrationFile[]
  /** The last of the files that the database has already, from before there were files. */
  readonly baseline?: string | undefined
}

/** Records files as done without running them, on a database that was never migrated from files. */
async function recordBaseline(
  files: readonly ReadFile[],
  baseline: string,
  { code, driver }: { code: Code; driver: SqlDriver },
): Promise<void> {
  const place = `baseline ${JSON.stringify(baseline)}`
  const last = files.findIndex(({ name }) => name === baseline)
  if (last === -1) throw misuse(place, 'expected the name of a migration file')
  await alone(driver, async (session) => {
    await ensureRecords(session)
    if ((await readRecords(session)).length > 0) {
      throw misuse(place, 'the database was migrated from files before')
    }
    for (const { name, checksum, statements } of files.slice(0, last + 1)) {
      const all = {
        statements: statements.length,
        begun: statements.length,
        done: statements.length,
      }
      await addRecord(session, { name, checksum, ...all, at: Math.trunc(code.clock.now()) })
    }
  })
}

interface Turn {
  readonly code: Code
  readonly session: Session
  readonly at: Parameters<Parameters<typeof alone>[1]>[1]
}

/** Runs the first file that is not done; undefined when all are. */
async function applyNext(
  files: readonly ReadFile[],
  { code, session, at }: Turn,
): Promise<string | undefined> {
  await ensureRecords(session)
  const records = await readRecords(session)
  assertHistory(files, records)
  const next = files.find(({ name }) => !isDone(records.find((record) => record.name === name)))
  if (!next) return undefined
  const record = records.find(({ name }) => name === next.name) ?? {
    name: next.name,
    checksum: next.checksum,
    statements: next.statements.length,
    begun: 0,
    done: 0,
    at: Math.trunc(code.clock.now()),
  }
  if (!records.includes(record)) await addRecord(session, record)
  // A file that failed half-way may have been mended: what is done of it is not run again.
  const { checksum, statements } = next
  await runFrom({ ...record, checksum, statements: statements.length }, next, { code, session, at })
  await check(session, next.statements)
  return next.name
}

/**
 * Goes on behind the last statement that is done. One that was begun only may have happened where
 * the database cannot undo it: then its failing because there is nothing left to do counts as done.
 */
async function runFrom(
  record: MigrationRecord,
  { statements }: ReadFile,
  { session, at }: Turn,
): Promise<void> {
  const { name, begun, done } = record
  const { capabilities, schema } = session.driver
  const progress = !capabilities.transactionalSchema
  for (const [position, { sql, summary }] of statements.entries()) {
    if (position < done) continue
    at({ file: name, step: summary, statement: position + 1, statements: statements.length })
    if (progress) await markRecord(session, { ...record, begun: position + 1, done: position })
    try {
      await write(session, sql)
    } catch (error) {
      if (position + 1 !== begun || schema.isDone?.(error) !== true) throw error
    }
  }
  const all = statements.length
  await markRecord(session, { ...record, begun: all, done: all })
}

/** What was run is never run again in another form: it has to be there as it was. */
function assertHistory(files: readonly ReadFile[], records: readonly MigrationRecord[]): void {
  const { missing, changed } = compareHistory(files, records)
  const problems = [
    ...missing.map((name) => `${name} was applied, but is not among the files`),
    ...changed.map((name) => `${name} was changed after it was applied`),
  ]
  if (problems.length === 0) return
  const message = `The migration files are not those of the database:\n- ${problems.join('\n- ')}`
  throw new PlinthError('migration_refused', message, { details: { refused: problems } })
}

function compareHistory(
  files: readonly ReadFile[],
  records: readonly MigrationRecord[],
): { missing: string[]; changed: string[] } {
  const names = new Map(files.map((file) => [file.name, file]))
  const missing = records.filter(({ name }) => !names.has(name)).map(({ name }) => name)
  const changed = records
    .filter(isDone)
    .filter(({ name, checksum }) => (names.get(name)?.checksum ?? checksum) !== checksum)
    .map(({ name }) => name)
  return { missing, changed }
}

/** What was applied, what is pending, and what differs. */
export async function statusOf(
  code: Code,
  driver: SqlDriver,
  files: readonly MigrationFile[],
): Promise<MigrationStatus> {
  const session: Session = { driver }
  const read = await readFiles(files, driver)
  const records = await readRecords(session)
  const { steps, refused, notes } = await plan(code, session, { assumeRows: true })
  const failed = records.find((record) => !isDone(record))
  return {
    applied: records.filter(isDone).map(({ name, at }) => ({ name, at: new Date(at) })),
    pending: read
      .filter(({ name }) => !isDone(records.find((record) => record.name === name)))
      .map(({ name }) => name),
    failed: failed && {
      name: failed.name,
      statement: failed.begun,
      statements: failed.statements,
    },
    ...compareHistory(read, records),
    differences: [...refused, ...steps.map(({ summary }) => summary)],
    notes,
  }
}

async function readFiles(files: readonly MigrationFile[], driver: SqlDriver): Promise<ReadFile[]> {
  const read: ReadFile[] = []
  for (const { name, text } of files) {
    const place = `migration ${JSON.stringify(name)}`
    if (typeof name !== 'string' || !/^[\w.-]{1,200}$/.test(name)) {
      throw misuse(place, 'expected a name of 1 to 200 letters, digits, dots, _ and -')
    }
    if (typeof text !== 'string') throw misuse(place, 'expected its text')
    if (read.some((other) => other.name === name)) throw misuse(place, 'it is listed twice')
    const script = parseMigrationFile(name, text)
    if (script.database !== driver.dialect.name) {
      throw misuse(
        place,
        `it is for ${script.database}, and the database is ${driver.dialect.name}`,
      )
    }
    // Checked out with other ends of lines it is the same file.
    read.push({ name, checksum: await sha256(text.replaceAll('\r\n', '\n')), ...script })
  }
  return read.sort((one, other) => (one.name < other.name ? -1 : 1))
}
