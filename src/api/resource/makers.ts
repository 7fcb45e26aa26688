import * as v from 'valibot'
import type { AnyTable, Handle, PolicyOperation } from '../../data/index.ts'
import type {
  Answer,
  Guard,
  InputSchemas,
  Operation,
  OperationSpec,
  Responses,
} from '../../http/index.ts'
import { type Actor, isUuid } from '../../kernel/index.ts'
import { found } from '../found.ts'
import { toRowSchema } from '../wire/row-schema.ts'
import { insertSchema, patchSchema } from '../wire/values.ts'
import { guardOf } from './guards.ts'
import { createListReader } from './list-query.ts'
import type { ResourceOptions, ResourceVerb } from './options.ts'

/** What the operations of one resource share. The table's own type is erased: it is a parameter. */
export interface Rows {
  readonly table: AnyTable
  readonly options: ResourceOptions<AnyTable>
  /** The path of the list, and what stands before a row's id. */
  readonly path: string
  readonly prefix: string
  readonly title: string
  /** Columns that a client may not set. */
  readonly omit: readonly string[]
  /** The columns that a client receives. */
  readonly shape: { readonly select?: readonly string[] }
  readonly row: v.GenericSchema
  readonly params: v.GenericSchema
  /** Whether a text can be a row's id at all. */
  readonly isId: (text: string) => boolean
}

export function prepareRows(table: AnyTable, options: ResourceOptions<never>): Rows {
  const path = options.path ?? `/${table.name}`
  const { select } = options as ResourceOptions<AnyTable>
  const shape = select ? { select } : {}
  return {
    table,
    // Names of columns are all that the table's type adds to the options; they are checked when used.
    options: options as ResourceOptions<AnyTable>,
    path,
    prefix: path === '/' ? '' : path,
    title: options.title ?? table.name.replaceAll('_', ' '),
    omit: options.readonly ?? [],
    shape,
    row: toRowSchema(table, shape),
    params: v.object({ id: v.string() }),
    isId: table.columns[table.primaryKey]?.kind === 'uuid' ? isUuid : () => true,
  }
}

/** How each operation is made. */
export const makers: Readonly<Record<ResourceVerb, (rows: Rows) => Operation>> = {
  list: (rows) => {
    const { table, options, row, shape } = rows
    const reader = createListReader(table, options)
    return define(rows, 'list', {
      query: reader.schema,
      responses: { 200: v.object({ items: v.array(row), next: v.nullable(v.string()) }) },
      handler: async ({ db, query }) => ({
        status: 200,
        body: await db.list(table, { ...reader.read(query), ...shape }),
      }),
    })
  },
  get: (rows) => {
    const { table, isId, params, row, shape } = rows
    return define(rows, 'get', {
      params,
      responses: { 200: row },
      handler: async ({ db, params: { id } }) => ({
        status: 200,
        body: found(isId(id) && (await db.get(table, id, shape))),
      }),
    })
  },
  create: (rows) => {
    const { table, options, prefix, row } = rows
    return define(rows, 'create', {
      idempotent: options.idempotent ?? false,
      body: insertSchema(table, { omit: rows.omit }),
      responses: { 201: row },
      handler: async ({ db, body }) => {
        const created: Readonly<Record<string, unknown>> = await db.create(table, body)
        const location = `${prefix}/${encodeURIComponent(String(created[table.primaryKey]))}`
        return { status: 201, headers: { location }, body: created }
      },
    })
  },
  update: (rows) => {
    const { table, isId, params, row } = rows
    return define(rows, 'update', {
      params,
      body: patchSchema(table, { omit: rows.omit }),
      responses: { 200: row },
      handler: async ({ db, params: { id }, body }) => ({
        status: 200,
        body: found(isId(id) && (await db.update(table, id, body))),
      }),
    })
  },
  delete: (rows) => {
    const { table, isId, params } = rows
    return define(rows, 'delete', {
      params,
      responses: { 204: null },
      handler: async ({ db, params: { id } }) => {
        found(isId(id) && (await db.delete(table, id)))
        return { status: 204, body: null }
      },
    })
  },
}

interface RowContext {
  readonly db: Handle
  readonly params: { readonly id: string }
  readonly query: Readonly<Record<string, unknown>>
  readonly body: never
}

type Spec = OperationSpec<InputSchemas, Responses, Actor | null>
interface Definition extends Omit<Spec, 'method' | 'path' | 'summary' | 'guard'> {
  readonly handler: (context: RowContext) => Promise<Answer>
}

interface Verb {
  readonly method: Spec['method']
  /** Whether it is about the row whose id ends the path. */
  readonly single: boolean
  readonly policy: PolicyOperation
  readonly summary: (title: string) => string
}

const verbs: Readonly<Record<ResourceVerb, Verb>> = {
  list: { method: 'GET', single: false, policy: 'read', summary: (title) => `List ${title}` },
  get: {
    method: 'GET',
    single: true,
    policy: 'read',
    summary: (title) => `Get one of the ${title}`,
  },
  create: {
    method: 'POST',
    single: false,
    policy: 'create',
    summary: (title) => `Add to the ${title}`,
  },
  update: {
    method: 'PATCH',
    single: true,
    policy: 'update',
    summary: (title) => `Change one of the ${title}`,
  },
  delete: {
    method: 'DELETE',
    single: true,
    policy: 'delete',
    summary: (title) => `Delete one of the ${title}`,
  },
}

function define(rows: Rows, verb: ResourceVerb, { handler, ...definition }: Definition): Operation {
  const { method, single, policy, summary } = verbs[verb]
  const spec: Spec = {
    method,
    path: single ? `${rows.prefix}/:id` : rows.path,
    summary: summary(rows.title),
    guard: givenGuard(rows.options.guard, verb) ?? guardOf(rows.table, policy),
    ...definition,
  }
  return { kind: 'operation', spec, handler }
}

function givenGuard(
  guard: ResourceOptions<AnyTable>['guard'],
  verb: ResourceVerb,
): Guard | undefined {
  return guard && 'check' in guard ? guard : guard?.[verb]
}
