import { misuse, PlinthError, sha256 } from '../../../../kernel/index.ts'
import { type MigrationScript, parseMigrationFile } from '../../../migration-file.ts'
import type { MigrationFile, MigrationStatus } from '../../../migrations.ts'
import type { SqlDriver } from '../driver.ts'
import { type Code, plan } from './plan.ts'
import { isDone, type MigrationRecord, readRecords } from './records.ts'
import type { Session } from './session.ts'

export interface ReadFile extends MigrationScript {
  readonly name: string
  readonly checksum: string
}

/** What was run is never run again in another form: it has to be there as it was. */
export async function assertHistory(
  files: readonly ReadFile[],
  records: readonly MigrationRecord[],
): Promise<void> {
  const { missing, changed } = await compareHistory(files, records)
  const problems = [
    ...missing.map((name) => `${name} was applied, but is not among the files`),
    ...changed.map((name) => `${name} was changed after it was applied`),
  ]
  if (problems.length === 0) return
  const message = `The migration files are not those of the database:\n- ${problems.join('\n- ')}`
  throw new PlinthError('migration_refused', message, { details: { refused: problems } })
}

async function compareHistory(
  files: readonly ReadFile[],
  records: readonly MigrationRecord[],
): Promise<{ missing: string[]; changed: string[] }> {
  const missing: string[] = []
  const changed: string[] = []
  for (const record of records) {
    const file = files.find(({ name }) => name === record.name)
    if (!file) missing.push(record.name)
    else if (!(await isAsRun(file, record))) changed.push(record.name)
  }
  return { missing, changed }
}

/** A file that failed half-way may be mended behind what is done of it. */
async function isAsRun(file: ReadFile, record: MigrationRecord): Promise<boolean> {
  if (isDone(record)) return file.checksum === record.checksum
  return (await digestOf(file.statements.slice(0, record.done))) === record.ran
}

export async function digestOf(statements: readonly { readonly sql: string }[]): Promise<string> {
  return sha256(statements.map(({ sql }) => sql.replaceAll('\r\n', '\n')).join(';'))
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
    ...(await compareHistory(read, records)),
    differences: [...refused, ...steps.map(({ summary }) => summary)],
    notes,
  }
}

/** Reads the texts, in the order of the names. */
export async function readFiles(
  files: readonly MigrationFile[],
  driver: SqlDriver,
): Promise<ReadFile[]> {
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
