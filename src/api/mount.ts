import type { Database, Handle } from '../data/index.ts'
import {
  type Answer,
  type App,
  type AppOptions,
  type Around,
  type Context,
  createApp,
  type Guard,
  isGuard,
  listOperations,
  loopback,
  type Operation,
  type OperationTree,
  signedIn,
} from '../http/index.ts'
import { assertKnown, createSignals, isDevelopment, misuse, systemClock } from '../kernel/index.ts'
import { describeLater, describeOperations } from './description/describe.ts'
import type { DescriptionOptions, OpenApiDocument } from './description/document.ts'
import { fingerprintOf } from './idempotency/fingerprint.ts'
import { readIdempotencyKey } from './idempotency/key.ts'
import { createOnce, type Once } from './idempotency/once.ts'
import { MAX_LENGTH } from './idempotency/records.ts'
import { resolveKeeping } from './idempotency/settings.ts'
import { databaseStore } from './limits/database-store.ts'
import { limitRecords } from './limits/records.ts'
import { assertNoTables, assertTables, warnOfClosed } from './tables.ts'
import { inTransaction } from './transaction.ts'
import { type AnswerWriter, createAnswerWriter } from './wire/answer.ts'

/** What an app is made of, beside its operations. */
export interface MountOptions
  extends Omit<AppOptions, 'operations' | 'around' | 'services' | 'write'>,
    DescriptionOptions {
  /** Where the operations' rows are. Closed by whoever opened it, for example in `onClose`. */
  readonly database: Database
  /**
   * Who is shown `/openapi.json` and `/reference`. Without a guard they are closed, unless in
   * development: then to callers on the same machine. False takes away `/operations.json` as well,
   * which lists the routes and is open to anyone: clients read it.
   */
  readonly describe?: { readonly guard: Guard } | false
  /** Whether this runs on a developer's own machine. Default: whether `NODE_ENV` is `development`. */
  readonly development?: boolean
  /**
   * Whether answers are held to their schemas: one that does not fit is a 500, and the log says where.
   * It costs time that a server need not spend, for the compiler has looked: set it in tests, where types
   * may have been bypassed. Default false.
   */
  readonly verify?: boolean
}

/** An app that knows the types of its operations: what `client<typeof app>` reads. */
export interface MountedApp<Tree> extends App {
  /** Writes what `GET /openapi.json` answers, also when nothing is described over HTTP. */
  openapi(): Promise<OpenApiDocument>
  /** Types only. */
  readonly $operations?: Tree
}

/**
 * Builds the app that answers a tree of operations with rows of a database.
 *
 * Reads run on the caller's handle. Every other method runs in one transaction, which is undone when
 * the handler throws or answers 400 or above; the answer is sent after the commit is durable. An
 * answer holds what its schema names, and nothing else.
 *
 * `GET /operations.json` lists the operations for clients; `GET /openapi.json` and `GET /reference` describe
 * them to whom `describe.guard` lets in.
 *
 * ```ts
 * import { mount, resource } from 'plinth/api'
 * import { id, open, table } from 'plinth/data'
 * import { sqlite } from 'plinth/data/sqlite'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() }, { policy: { all: true } })
 * const database = await open(sqlite('notes.db', [notes]))
 * await database.migrate()
 *
 * export const app = mount({ notes: resource(notes) }, { database, onClose: () => database.close() })
 * ```
 */
export function mount<const Tree extends OperationTree>(
  tree: Tree,
  { database, describe, verify = false, development = isDevelopment(), ...options }: MountOptions,
): MountedApp<Tree> {
  if (typeof database?.as !== 'function') {
    throw misuse('mount({ database })', `expected what open() gives; got ${typeof database}`)
  }
  const { signals = createSignals(), clock = systemClock } = options
  assertNoTables(tree)
  const named = listOperations(tree)
  assertTables(named, database)
  warnOfClosed(named, signals)
  const described = new Map([...named].filter(([, { spec }]) => spec.described !== false))
  const description = describeLater(described, options)
  const shown = guardOf(describe ?? (development && { guard: loopback }))
  const operations: OperationTree =
    describe === false ? tree : { ...tree, $description: describeOperations(description, shown) }
  const longest = Math.max(...Array.from(named.values(), longestOf))
  const onceEach = createOnce({ database, clock, signals, longest })
  const plans = new Map(
    Array.from(named, ([name, operation]) => {
      const write = createAnswerWriter(name, { responses: operation.spec.responses, verify })
      return [operation, { run: createPlan(name, operation, { once: onceEach, write }), write }]
    }),
  )
  const app = createApp({
    ...options,
    signals,
    clock,
    operations,
    ...limitStoreOf(options, database),
    around(operation, context, handler) {
      const plan = plans.get(operation)
      return plan ? plan.run(database, context, handler) : handler({})
    },
    services: (context) => ({ db: handleOf(database, context) }),
    write: (operation, answer) => plans.get(operation)?.write(answer) ?? answer,
  })
  return { ...app, openapi: async () => (await description()).document() }
}

/** Undefined where nobody is shown anything. */
function guardOf(describe: { readonly guard: Guard } | false): Guard | undefined {
  if (!describe) return undefined
  assertKnown('describe', describe, ['guard'])
  if (isGuard(describe.guard)) return describe.guard
  throw misuse('describe.guard', `expected a guard, such as anyone; got ${typeof describe.guard}`)
}

/** How long answers of an operation are kept at most. */
function longestOf({ spec }: Operation): number {
  return resolveKeeping(spec.idempotent, 'idempotent').keep
}

function limitStoreOf(
  { limitStore }: Pick<AppOptions, 'limitStore'>,
  database: Database,
): Pick<AppOptions, 'limitStore'> {
  if (limitStore) return { limitStore }
  const counts = database.tables.some(({ columns }) => columns === limitRecords.columns)
  return counts ? { limitStore: databaseStore(database) } : {}
}

type Handler = Parameters<Around>[2]
/** How one operation is run: prepared once, since it is the same for all of its requests. */
type Plan = (database: Database, context: Context, handler: Handler) => Answer | Promise<Answer>

function createPlan(
  name: string,
  { spec }: Operation,
  { once, write }: { once: Once; write: AnswerWriter },
): Plan {
  const transaction = spec.transaction ?? spec.method !== 'GET'
  if (!transaction) {
    return (database, context, handler) =>
      written(handler({ db: handleOf(database, context) }), write)
  }
  const options = transaction === true ? {} : transaction
  const committed: Plan = (database, context, handler) =>
    inTransaction(handleOf(database, context), (db) => written(handler({ db }), write), options)
  if (!spec.idempotent) return committed

  checkIdempotent(name, spec)
  const keeping = resolveKeeping(spec.idempotent, `operation ${name}`)
  return async (database, context, handler) => {
    const key = readIdempotencyKey(context.incoming)
    const { actor } = context
    if (key === undefined || actor === null) return committed(database, context, handler)
    if (actor.id.length > MAX_LENGTH) {
      throw misuse('Idempotency-Key', `needs ids of actors of at most ${MAX_LENGTH} characters`)
    }
    const fingerprint = await fingerprintOf(context)
    const request = { actor: actor.id, operation: name, key, fingerprint, keeping, options }
    return once(request, context, (db) => written(handler({ db }), write))
  }
}

/** The caller's rows, until the request is answered or given up: then nothing is committed any more. */
function handleOf(database: Database, context: Context): Handle {
  return database.as(context.actor, context)
}

function checkIdempotent(name: string, { guard = signedIn, responses }: Operation['spec']): void {
  const place = `operation ${name}`
  if (name.length > MAX_LENGTH) {
    throw misuse(place, `idempotent needs a name of at most ${MAX_LENGTH} characters`)
  }
  if (!guard.authenticated) {
    throw misuse(place, 'idempotent needs a guard that asks for an actor, whom the keys belong to')
  }
  for (const [status, response] of Object.entries(responses)) {
    if (response === null || '~standard' in response) continue
    throw misuse(place, `idempotent keeps JSON answers only, and ${status} is not JSON`)
  }
}

function written(answer: Answer | Promise<Answer>, write: AnswerWriter): Answer | Promise<Answer> {
  return answer instanceof Promise ? answer.then(write) : write(answer)
}
