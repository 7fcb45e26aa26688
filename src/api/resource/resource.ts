import * as v from 'valibot'
import type { AnyTable, Handle, Insert, Patch, PolicyOperation } from '../../data/index.ts'
import type {
  Answer,
  Guard,
  InputSchemas,
  Operation,
  OperationSpec,
  Responses,
} from '../../http/index.ts'
import { type Actor, isUuid, misuse, PlinthError } from '../../kernel/index.ts'
import { rowSchema, type WirePage, type WireRow } from '../wire/row.ts'
import { insertSchema, patchSchema, type WireInsert, type WirePatch } from '../wire/values.ts'
import { guardOf } from './guards.ts'
import { createListReader, type ListOptions } from './list-query.ts'

const VERBS = ['list', 'get', 'create', 'update', 'delete'] as const
/** The operations of a resource, by name. */
export type ResourceVerb = (typeof VERBS)[number]

export interface ResourceOptions<T extends AnyTable, Verbs extends ResourceVerb = ResourceVerb> {
  /** Default: `/` and the table's name. */
  readonly path?: string
  /** The operations there are. Default: all five. */
  readonly only?: readonly Verbs[]
  readonly list?: ListOptions<T>
  /** Who may call: all operations, or one by one. Default: derived from the table's policy. */
  readonly guard?: Guard | { readonly [V in ResourceVerb]?: Guard }
  /** Whether `create` honours `Idempotency-Key`. Default false. Needs a guard that asks for an actor. */
  readonly idempotent?: boolean
  /** What the rows are called in summaries, such as `delivery addresses`. Default: the table's name. */
  readonly title?: string
}

/** What a client may put into the query of a list: see `resource`. */
export interface WireListQuery {
  limit?: number | undefined
  cursor?: string | undefined
  /** Columns by comma, each descending behind a `-`. */
  order?: string | undefined
  [comparison: string]: unknown
}

/** The operations of a resource. */
export interface ResourceOperations<T extends AnyTable> {
  readonly list: Operation<{ query: WireListQuery }, { 200: WirePage<T> }>
  readonly get: Operation<{ params: { id: string } }, { 200: WireRow<T> }>
  readonly create: Operation<{ body: WireInsert<T> }, { 201: WireRow<T> }>
  readonly update: Operation<{ params: { id: string }; body: WirePatch<T> }, { 200: WireRow<T> }>
  readonly delete: Operation<{ params: { id: string } }, { 204: null }>
}

/**
 * Makes the five operations that a table needs: list, get, create, update and delete.
 *
 * - `GET /notes?limit=20&order=-createdAt&status=open&title.startsWith=A` answers `{ items, next }`;
 *   `next` is the `cursor` of the next page. Comparisons are `column=value` or `column.operator=value`
 *   with `ne`, `in` (once for each value), `gt`, `gte`, `lt`, `lte`, `startsWith`, `contains`, and
 *   `column.is=null` or `column.is=set`.
 * - `GET /notes/:id`, `PATCH /notes/:id`, `DELETE /notes/:id` answer 404 alike for a row that does not
 *   exist and for one that the caller may not see.
 * - `POST /notes` answers 201 and a `Location`. Columns that the server fills are not taken from a body.
 *
 * Every row passes the table's policy. To replace an operation, spread the others:
 *
 * ```ts
 * import { operation, resource, rowSchema } from 'plinth/api'
 * import { id, ref, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const boards = table('boards', { id: id(), name: v.string() }, { policy: { all: true } })
 * const cards = table(
 *   'cards',
 *   { id: id(), board: ref(boards), title: v.string() },
 *   { policy: { all: true } },
 * )
 *
 * export const api = {
 *   cards: {
 *     ...resource(cards, { list: { filter: ['board'], order: ['title'] } }),
 *     create: operation({
 *       method: 'POST',
 *       path: '/boards/:board/cards',
 *       params: v.object({ board: v.string() }),
 *       body: v.object({ title: v.string() }),
 *       responses: { 201: rowSchema(cards) },
 *       handler: async ({ db, params, body }) => ({
 *         status: 201,
 *         body: await db.create(cards, { board: params.board, title: body.title }),
 *       }),
 *     }),
 *   },
 * }
 * ```
 */
export function resource<T extends AnyTable, const Verbs extends ResourceVerb = ResourceVerb>(
  table: T,
  options: ResourceOptions<T, Verbs> = {},
): Pick<ResourceOperations<T>, Verbs> {
  const verbs: readonly ResourceVerb[] = options.only ?? VERBS
  for (const verb of verbs) {
    if (VERBS.includes(verb)) continue
    throw misuse(`resource(${table.name})`, `"${verb}" is unknown; expected ${VERBS.join(', ')}`)
  }
  const makers = makersOf(table, options)
  const operations = Object.fromEntries(verbs.map((verb) => [verb, makers[verb]()]))
  // Each maker declares the route, input and answers that the interface says.
  return operations as unknown as Pick<ResourceOperations<T>, Verbs>
}

type Maker = () => Operation

function makersOf<T extends AnyTable>(
  table: T,
  options: ResourceOptions<T>,
): Readonly<Record<ResourceVerb, Maker>> {
  const path = options.path ?? `/${table.name}`
  const rowPath = `${path === '/' ? '' : path}/:id`
  const params = v.object({ id: v.string() })
  const row = rowSchema(table)
  const title = options.title ?? table.name.replaceAll('_', ' ')
  const guard = (verb: ResourceVerb) => guardFor(table, options, verb)
  const mayExist = createIdTest(table)
  return {
    list() {
      const reader = createListReader(table, options.list)
      const page = v.object({ items: v.array(row), next: v.nullable(v.string()) })
      return define({
        method: 'GET',
        path,
        summary: `List ${title}`,
        guard: guard('list'),
        query: reader.schema,
        responses: { 200: page },
        handler: async ({ db, query }) => ({
          status: 200,
          body: await db.list(table, reader.read(query)),
        }),
      })
    },
    get: () =>
      define({
        method: 'GET',
        path: rowPath,
        summary: `Get one of the ${title}`,
        guard: guard('get'),
        params,
        responses: { 200: row },
        handler: async ({ db, params }) => ({
          status: 200,
          body: found(mayExist(params.id) ? await db.get(table, params.id) : null),
        }),
      }),
    create: () =>
      define({
        method: 'POST',
        path,
        summary: `Add to the ${title}`,
        guard: guard('create'),
        idempotent: options.idempotent ?? false,
        body: insertSchema(table),
        responses: { 201: row },
        handler: async ({ db, body }) => {
          const created = await db.create(table, body as Insert<T>)
          const key = String((created as Record<string, unknown>)[table.primaryKey])
          const location = `${path === '/' ? '' : path}/${encodeURIComponent(key)}`
          return { status: 201, headers: { location }, body: created }
        },
      }),
    update: () =>
      define({
        method: 'PATCH',
        path: rowPath,
        summary: `Change one of the ${title}`,
        guard: guard('update'),
        params,
        body: patchSchema(table),
        responses: { 200: row },
        handler: async ({ db, params, body }) => ({
          status: 200,
          body: found(
            mayExist(params.id) ? await db.update(table, params.id, body as Patch<T>) : null,
          ),
        }),
      }),
    delete: () =>
      define({
        method: 'DELETE',
        path: rowPath,
        summary: `Delete one of the ${title}`,
        guard: guard('delete'),
        params,
        responses: { 204: null },
        handler: async ({ db, params }) => {
          found((mayExist(params.id) && (await db.delete(table, params.id))) || null)
          return { status: 204, body: null }
        },
      }),
  }
}

/** The context and answers of a table's own operations: erased, since the table's type is a parameter. */
interface Definition extends OperationSpec<InputSchemas, Responses, Actor | null> {
  readonly handler: (context: RowContext) => Promise<Answer>
}

interface RowContext {
  readonly db: Handle
  readonly params: { readonly id: string }
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

function define({ handler, ...spec }: Definition): Operation {
  return { kind: 'operation', spec, handler }
}

const policyOf: Readonly<Record<ResourceVerb, PolicyOperation>> = {
  list: 'read',
  get: 'read',
  create: 'create',
  update: 'update',
  delete: 'delete',
}

function guardFor(
  table: AnyTable,
  { guard }: { guard?: Guard | { readonly [V in ResourceVerb]?: Guard } },
  verb: ResourceVerb,
): Guard {
  const given = guard && 'check' in guard ? guard : guard?.[verb]
  return given ?? guardOf(table, policyOf[verb])
}

/** What is no id at all cannot be a row's: that is no mistake to report, just not there. */
function createIdTest(table: AnyTable): (id: string) => boolean {
  return table.columns[table.primaryKey]?.kind === 'uuid' ? isUuid : () => true
}

function found<R>(row: R | null): R {
  if (row !== null) return row
  throw new PlinthError('not_found', 'There is nothing here.', { status: 404 })
}
