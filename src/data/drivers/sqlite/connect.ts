import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { misuse, PlinthError } from '../../../kernel/index.ts'
import type { Statement } from '../sql/driver.ts'
import { isBusy, patiently } from './busy.ts'
import type { OpenEngine } from './engine.ts'
import type { Settings } from './options.ts'
import { createSession, type Session } from './session.ts'

export interface ConnectOptions {
  readonly file: string
  readonly openEngine: OpenEngine
  readonly settings: Settings
}

/** The connections of one database. In memory there is one, which serves as both. */
export interface Connections {
  readonly writer: Session
  readonly reader: Session
}

/** Opens and sets up the connections, or says in a sentence why the file cannot serve. */
export async function connect(options: ConnectOptions): Promise<Connections> {
  const { file, settings } = options
  const opened: Session[] = []
  const open = async () => {
    // Another process may be recovering the log, or closing the file as the last one.
    const session = await patiently(() => openSession(options), settings.timeout)
    opened.push(session)
    return session
  }
  try {
    if (file === ':memory:') {
      const session = await open()
      return { writer: session, reader: session }
    }
    assertFolder(file)
    const writer = await open()
    await patiently(() => useWriteAheadLog(writer), settings.timeout)
    return { writer, reader: await open() }
  } catch (error) {
    for (const session of opened) session.close()
    throw explain(file, error)
  }
}

function assertFolder(file: string): void {
  const folder = dirname(resolve(file))
  if (!existsSync(folder)) throw new Error(`its folder ${folder} does not exist`)
}

function openSession({ file, openEngine, settings }: ConnectOptions): Session {
  const session = createSession(openEngine(file))
  try {
    for (const pragma of pragmas(settings)) session.exec(`PRAGMA ${pragma}`)
    return session
  } catch (error) {
    session.close()
    throw error
  }
}

function pragmas({ synchronous }: Settings): string[] {
  return [
    // Waiting inside SQLite would block the event loop; see busy.ts.
    'busy_timeout = 0',
    `synchronous = ${synchronous}`,
    // On macOS, a plain fsync leaves the data in the drive's own cache.
    `fullfsync = ${synchronous === 'full' ? 'ON' : 'OFF'}`,
    'foreign_keys = ON',
    // Savepoints keep what they may have to undo in memory instead of in a file.
    'temp_store = MEMORY',
    // Engines differ in their default: 16 MB for each.
    'cache_size = -16000',
    // A log that one huge transaction has grown is cut back to 64 MB.
    'journal_size_limit = 67108864',
  ]
}

const walMode: Statement = {
  sql: 'PRAGMA journal_mode = WAL',
  returns: true,
  summary: 'pragma journal_mode',
}

/**
 * Writes something and takes it back, so that a file that is no database, or cannot be written, is
 * found out now and not at the first request.
 */
function useWriteAheadLog(session: Session): void {
  const mode = session.run(walMode, []).rows[0]?.[0]
  if (mode !== 'wal') throw new Error(`the journal mode stayed "${mode}" where "wal" is needed`)
  session.exec('BEGIN IMMEDIATE')
  try {
    session.exec('PRAGMA user_version = 0')
  } finally {
    session.exec('ROLLBACK')
  }
}

function explain(file: string, error: unknown): PlinthError {
  if (isBusy(error)) return error
  const cause = error instanceof PlinthError ? error.cause : error
  const message = cause instanceof Error ? cause.message : String(cause)
  const reason = reasons.find(([pattern]) => pattern.test(message))?.[1]
  return misuse(place(file), reason ?? `cannot be opened: ${message}`, cause)
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/not a database/, 'the file is not an SQLite database'],
  [/readonly/, 'the file or its folder cannot be written by this process'],
  [/unable to open/, 'the file cannot be opened: it is a folder, or access is denied'],
]

function place(file: string): string {
  return `sqlite(${JSON.stringify(file)})`
}
