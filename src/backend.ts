import {
  apiTables,
  type DescriptionOptions,
  type MountOptions,
  mount,
  type OpenApiDocument,
} from './api/index.ts'
import type { Audit, OpenAudit } from './audit/index.ts'
import { auditSearchOf } from './audit-shown.ts'
import { type Auth, openAuth } from './auth/index.ts'
import { type Database, type DataSource, open } from './data/index.ts'
import type { App, AppOptions, OperationTree } from './http/index.ts'
import {
  assertKnown,
  type Clock,
  createSignals,
  isDevelopment,
  misuse,
  type Signals,
  systemClock,
} from './kernel/index.ts'
import { marksOfAll } from './marks-of-all.ts'
import { type MonitorOptions, openMonitor, type TableSize } from './monitor/index.ts'

/** No operations: the type of a part that is left out. */
export type NoOperations = Record<never, never>

/** The parts of a back end. Only `data` is needed. */
export interface BackendOptions<
  Api extends OperationTree = OperationTree,
  AuthOperations extends OperationTree = OperationTree,
> extends Pick<
      AppOptions,
      'fallback' | 'limits' | 'trustedOrigins' | 'redirects' | 'compress' | 'outbound'
    >,
    Pick<MountOptions, 'describe'>,
    Omit<DescriptionOptions, 'cookie'> {
  /** The database and its tables, such as `sqlite('notes.db', [notes])`. */
  readonly data: DataSource
  /** Who may come in: `auth({ factors: [password()] })`. Without it nobody is ever signed in. */
  readonly auth?: Auth<AuthOperations>
  /** The log of security events and of changes: `audit({ keys })` of `plinth/audit`. Default: none. */
  readonly audit?: Audit
  /** The operations, as a tree of names. */
  readonly api?: Api
  readonly monitor?: MonitorOptions
  /**
   * Whether the tables are brought up to date before anything is served. Default true; false leaves them
   * to `npx plinth migrate apply`.
   */
  readonly migrate?: boolean
  /** Whether answers are held to their schemas, for tests: see `MountOptions`. Default false. */
  readonly verify?: boolean
  /**
   * Whether this runs on a developer's own machine, and shows its insides there: `/metrics`, `/openapi.json`
   * and `/reference` to callers on the same machine. Default: whether `NODE_ENV` is `development`.
   */
  readonly development?: boolean
  readonly clock?: Clock
}

/** A back end that is ready to serve. */
export interface Backend<Operations extends OperationTree = OperationTree> extends App {
  readonly database: Database
  readonly signals: Signals
  /** The audit log, where there is one. */
  readonly audit: OpenAudit | undefined
  /** Sends mails and telemetry that wait: for workers, `serve(app, { flush: (app) => app.flush() })`. */
  flush(): Promise<void>
  /** Writes what `GET /openapi.json` answers. */
  openapi(): Promise<OpenApiDocument>
  /** Types only: the operations, for `client<typeof app>()`. */
  readonly $operations?: Operations
}

/**
 * Opens a back end: connects the database, brings its tables up to date, and mounts the operations of
 * the API, of auth and of monitoring in one app.
 *
 * Fails at once, naming the place, when a part is misused; with `migration_refused` when the tables
 * in code cannot be reached without losing data.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { auth, password } from 'plinth/auth'
 * import { sqlite } from 'plinth/data/sqlite'
 *
 * export const app = await backend({
 *   data: sqlite(':memory:', []),
 *   auth: auth({ factors: [password()] }),
 * })
 * ```
 */
export async function backend<
  const Api extends OperationTree = NoOperations,
  AuthOperations extends OperationTree = NoOperations,
>(
  options: BackendOptions<Api, AuthOperations>,
): Promise<Backend<Api & { readonly auth: AuthOperations }>> {
  checkOptions(options)
  const {
    data,
    auth,
    audit,
    api,
    monitor: monitoring,
    migrate = true,
    development = isDevelopment(),
    clock = systemClock,
    ...rest
  } = options
  const signals = createSignals()
  const tables = [...(auth?.tables ?? []), ...(audit?.tables ?? []), ...apiTables]
  const marks = marksOfAll([...data.tables, ...tables], api)
  const log = audit?.open({ signals, clock })
  const onChange = log && { onChange: log.onChange }
  const database = await open(data, { tables, signals, clock, ...onChange })

  const checks = { database: () => database.ping(), ...monitoring?.checks }
  const monitor = openMonitor({
    ...monitoring,
    checks,
    signals,
    clock,
    development,
    marks,
    gauges: () => database.gauges(),
    tables: sizesOf(database),
    ...(log && { audit: auditSearchOf(log) }),
    queryPlanner: () => database.queryPlanner(),
  })
  try {
    // Not before monitoring: who looks at migrations is to be told of this one.
    if (migrate) await database.migrate()
    await log?.begin(database)
  } catch (error) {
    await Promise.allSettled([monitor.close(), database.close()])
    throw error
  }
  const access = auth && openAuth(auth, { database, signals, clock, onEvent: log?.onEvent })
  const own = {
    ...(access && { auth: access.operations }),
    ...(log?.operations && { audit: log.operations }),
    ...monitor.operations,
  }
  assertNamesFree(api, own)
  const app = mount(
    { ...api, ...own },
    {
      ...rest,
      database,
      signals,
      clock,
      development,
      ...(access && { authenticate: access.authenticate, cookie: access.cookie }),
    },
  )
  if (!development) tellOfClosed(options, signals)
  let closing: Promise<void> | undefined
  return {
    fetch: app.fetch,
    handle: app.handle,
    ...(app.shed && { shed: app.shed }),
    drain: monitor.drain,
    async flush() {
      await Promise.all([access?.idle(), log?.idle(), monitor.flush()])
    },
    openapi: app.openapi,
    database,
    signals,
    audit: log,
    close() {
      closing ??= closeAll()
      return closing
    },
  }

  async function closeAll(): Promise<void> {
    await app.close()
    await access?.idle()
    await log?.close()
    await database.close()
    await monitor.close()
  }
}

const OPTIONS = [
  'data',
  'auth',
  'audit',
  'api',
  'monitor',
  'migrate',
  'title',
  'version',
  'about',
  'servers',
  'license',
  'contact',
  'termsOfService',
  'tags',
  'clock',
  'fallback',
  'limits',
  'trustedOrigins',
  'compress',
  'outbound',
  'redirects',
  'describe',
  'verify',
  'development',
] as const satisfies (keyof BackendOptions)[]

function checkOptions(options: BackendOptions): void {
  assertKnown('backend()', options, OPTIONS)
  const { data, auth, audit } = options
  if (typeof data?.open !== 'function') {
    throw misuse(
      'backend({ data })',
      `expected a database, such as sqlite('notes.db', [notes]); got ${typeof data}`,
    )
  }
  if (auth !== undefined && auth?.kind !== 'auth') {
    throw misuse(
      'backend({ auth })',
      `expected auth({ factors: [password()] }); got ${typeof auth}`,
    )
  }
  if (audit !== undefined && audit?.kind !== 'audit') {
    throw misuse(
      'backend({ audit })',
      `expected audit({ keys }) of plinth/audit; got ${typeof audit}`,
    )
  }
}

/** How many rows each table has, asked for by whoever shows it. */
function sizesOf(database: Database): TableSize[] {
  return database.tables.map((table) => ({
    name: table.name,
    count: (signal) => database.systemIn({ signal }).count(table),
  }))
}

/** A page that answers 404 and should not is looked for in vain, unless the start says why. */
function tellOfClosed({ audit, describe, monitor }: BackendOptions, signals: Signals): void {
  const closed: string[] = []
  if (monitor?.metrics === undefined) closed.push('/metrics (monitor.metrics.guard)')
  if (describe === undefined) closed.push('/openapi.json and /reference (describe.guard)')
  if (audit && !audit.guard) closed.push('/audit (audit.guard)')
  if (closed.length === 0) return
  const message = `closed until a guard says who may see them: ${closed.join(', ')}`
  signals.log({ level: 'info', message, event: 'plinth.closed' })
}

/** A team's operation must not be lost behind one of the same name. */
function assertNamesFree(api: OperationTree = {}, own: OperationTree): void {
  const taken = Object.keys(api).filter((name) => Object.hasOwn(own, name))
  if (taken.length === 0) return
  throw misuse('backend({ api })', `the name ${taken.join(', ')} is taken by auth or monitoring`)
}
