import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { apiTables } from '../api/index.ts'
import type { Audit, OpenAudit } from '../audit/index.ts'
import { type AnyTable, type Database, type DataSource, open } from '../data/index.ts'
import { UsageError } from './usage-error.ts'

/** What a configuration exports: a database, or what `backend()` takes. */
interface BackendParts {
  readonly data: DataSource
  readonly auth?: { readonly tables: readonly AnyTable[] }
  readonly audit?: Audit
  /** Tables of other modules. */
  readonly tables?: readonly AnyTable[]
}

const NAMES = ['plinth.config.ts', 'plinth.config.js', 'plinth.config.mjs']

/** Opens the database that the project's configuration names. */
export async function openConfig(given: string | undefined, folder: string): Promise<Database> {
  const file = findConfig(given, folder)
  const { default: exported } = await loadModule(file)
  if (isSource(exported)) return open(exported)
  if (isBackend(exported)) return openParts(exported)
  throw new UsageError(
    `${file}: expected its default export to be a database, such as sqlite('notes.db', [notes]), ` +
      'or the options of backend()',
  )
}

/** Opens the database and the audit log that the project's configuration names. Nothing is written to it. */
export async function openAuditConfig(
  given: string | undefined,
  folder: string,
): Promise<{ database: Database; log: OpenAudit }> {
  const file = findConfig(given, folder)
  const { default: exported } = await loadModule(file)
  const description = isBackend(exported) ? exported.audit : undefined
  if (!isBackend(exported) || description?.kind !== 'audit') {
    throw new UsageError(
      `${file}: expected its default export to be the options of backend(), with audit: audit({ keys })`,
    )
  }
  const log = description.open()
  const database = await openParts(exported, log)
  log.use(database)
  return { database, log }
}

function openParts(
  { data, auth, audit, tables = [] }: BackendParts,
  log?: OpenAudit,
): Promise<Database> {
  const all = [...(auth?.tables ?? []), ...(audit?.tables ?? []), ...apiTables, ...tables]
  return open(data, { tables: all, ...(log && { onChange: log.onChange }) })
}

/** The file that was named, or the project's configuration. */
export function findConfig(given: string | undefined, folder: string): string {
  const candidates = given === undefined ? NAMES : [given]
  const found = candidates.map((name) => resolve(folder, name)).find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new UsageError(
    given === undefined
      ? `No ${NAMES.join(', ')} in ${folder}: make one whose default export is the options of ` +
          "backend(), such as { data: sqlite('notes.db', [notes]), auth, api }, or name another file " +
          'with --config'
      : `There is no file ${candidates.map((name) => resolve(folder, name)).join()}`,
  )
}

/** Runs a module of the user's. */
export async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error
    throw new UsageError(
      `${file}: this Node reads no TypeScript; use Node 22.18 or later, or JavaScript`,
    )
  }
}

function isSource(value: unknown): value is DataSource {
  return typeof (value as DataSource | undefined)?.open === 'function'
}

function isBackend(value: unknown): value is BackendParts {
  return isSource((value as BackendParts | undefined)?.data)
}
