import { misuse } from '../../../../kernel/index.ts'
import type { ApplyMigrationOptions, MigrationFile } from '../../../migrations.ts'
import type { SqlDriver } from '../driver.ts'
import { assertHistory, digestOf, type ReadFile, readFiles } from './files.ts'
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

export interface ApplyOptions extends ApplyMigrationOptions {
  readonly files: readonly MigrationFile[]
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
    for (const file of files.slice(0, last + 1)) {
      const { length } = file.statements
      await addRecord(session, await recordOf(file, code, { begun: length, done: length }))
    }
  })
}

type Progress = Pick<MigrationRecord, 'begun' | 'done'>

async function recordOf(
  { name, checksum, statements }: ReadFile,
  { clock }: Code,
  { begun, done }: Progress,
): Promise<MigrationRecord> {
  const ran = await digestOf(statements.slice(0, done))
  const at = Math.trunc(clock.now())
  return { name, checksum, statements: statements.length, begun, done, ran, at }
}

interface Turn {
  readonly code: Code
  readonly session: Session
  readonly at: Parameters<Parameters<typeof alone>[1]>[1]
}

/** Runs the first file that is not done; undefined when all are. */
async function applyNext(files: readonly ReadFile[], turn: Turn): Promise<string | undefined> {
  const { code, session } = turn
  await ensureRecords(session)
  const records = await readRecords(session)
  await assertHistory(files, records)
  const next = files.find(({ name }) => !isDone(records.find((record) => record.name === name)))
  if (!next) return undefined
  const progress = records.find(({ name }) => name === next.name) ?? { begun: 0, done: 0 }
  const record = await recordOf(next, code, progress)
  if (!('name' in progress)) await addRecord(session, record)
  await runFrom(progress, next, turn)
  await check(session, next.statements)
  return next.name
}

/**
 * Goes on behind the last statement that is done. One that was begun only may have happened where
 * the database cannot undo it: then its failing because there is nothing left to do counts as done.
 */
async function runFrom(
  { begun, done }: Progress,
  file: ReadFile,
  { code, session, at }: Turn,
): Promise<void> {
  const { name, statements } = file
  const { capabilities, schema } = session.driver
  const mark = async (progress: Progress): Promise<void> =>
    markRecord(session, await recordOf(file, code, progress))
  for (const [position, { sql, summary }] of statements.entries()) {
    if (position < done) continue
    const statement = position + 1
    at({ file: name, step: summary, statement, statements: statements.length })
    if (!capabilities.transactionalSchema) await mark({ begun: statement, done: position })
    try {
      await write(session, sql)
    } catch (error) {
      if (statement !== begun || schema.isDone?.(error) !== true) throw error
    }
  }
  await mark({ begun: statements.length, done: statements.length })
}
