import * as v from 'valibot'
import type { AnyTable, Handle } from '../../data/index.ts'
import {
  type Answer,
  every,
  type Guard,
  type Incoming,
  type InputSchemas,
  type Operation,
  type OperationSpec,
  type Responses,
} from '../../http/index.ts'
import { type Actor, isUuid } from '../../kernel/index.ts'
import { descriptionOf } from '../wire/described.ts'
import { toRowSchema } from '../wire/row-schema.ts'
import { answersOf } from './answers.ts'
import { type Asked, type AskedReader, createAskedReader, finish } from './asked.ts'
import { type AnsweredRow, createTagger, type Tagger } from './etag.ts'
import { guardOf } from './guards.ts'
import { createOffer, type Offer } from './offer.ts'
import type { AnyOptions } from './options.ts'
import { type BulkVerb, type ResourceVerb, verbs } from './verbs.ts'

/** What the operations of one resource share. The table's own type is erased: it is a parameter. */
export interface Rows {
  readonly table: AnyTable
  readonly options: AnyOptions
  /** The path of the list, and what stands before a row's id. */
  readonly path: string
  readonly prefix: string
  readonly title: string
  /** Columns that a client may not set. */
  readonly omit: readonly string[]
  readonly offer: Offer
  readonly asked: AskedReader
  /** The schema of a row in an answer. */
  readonly row: v.GenericSchema
  readonly params: v.GenericSchema
  /** Whether a text can be a row's id at all. */
  readonly isId: (text: string) => boolean
  /** The column that counts a row's updates. */
  readonly version: string | undefined
  readonly tag: Tagger
}

export function prepareRows(table: AnyTable, options: AnyOptions): Rows {
  const path = options.path ?? `/${table.name}`
  const offer = createOffer(table, options, `resource(${table.name})`)
  const row = rowSchemaOf(table, options)
  const computed = Object.keys(offer.computed)
  return {
    table,
    options,
    path,
    prefix: path === '/' ? '' : path,
    title: options.title ?? table.name.replaceAll('_', ' '),
    omit: options.readonly ?? [],
    offer,
    asked: createAskedReader(offer, { fields: options.fields === true }),
    row,
    params: v.object({ id: v.string() }),
    isId: table.columns[table.primaryKey]?.kind === 'uuid' ? isUuid : () => true,
    version: Object.keys(table.columns).find((name) => table.columns[name]?.fill === 'version'),
    tag: createTagger({
      members: [...offer.columns, ...computed],
      dependent: computed.length > 0 || hasHiddenFields(table),
      write: descriptionOf(row)?.write ?? ((value) => value),
    }),
  }
}

function rowSchemaOf(
  table: AnyTable,
  { select, include, computed, fields }: AnyOptions,
): v.GenericSchema {
  if (!select && !include && !computed && !fields) return toRowSchema(table)
  return toRowSchema(table, {
    // The table's own name is that of its whole rows.
    component: `${table.name}_resource`,
    ...(select && { select }),
    ...(include && { include: include as Readonly<Record<string, unknown>> }),
    ...(computed && { computed: schemasOf(computed) }),
    ...((fields || include) && { optional: fields ? 'members' : 'relations' }),
  })
}

function schemasOf(computed: NonNullable<AnyOptions['computed']>): Record<string, v.GenericSchema> {
  return Object.fromEntries(Object.entries(computed).map(([name, { schema }]) => [name, schema]))
}

function hasHiddenFields({ fields }: AnyTable): boolean {
  return Object.values(fields).some((rules) => rules?.read !== undefined)
}

/** Answers with one row as it was asked for, and its tag where it has a version. */
export function answerRow(
  rows: Rows,
  given: {
    readonly status: number
    readonly row: object
    readonly asked?: Asked
    readonly headers?: Readonly<Record<string, string>>
  },
): Answer | Promise<Answer> {
  const { status, row, asked = rows.asked.whole, headers } = given
  // Read or written for this answer alone.
  const body = row as AnsweredRow
  const version = rows.version === undefined ? undefined : body[rows.version]
  finish([body], asked)
  const etag = rows.tag(version, body, { related: asked.shape.include !== undefined })
  if (etag === undefined) return { status, body, ...(headers && { headers }) }
  const answer = (tag: string): Answer => ({ status, body, headers: { ...headers, etag: tag } })
  return typeof etag === 'string' ? answer(etag) : etag.then(answer)
}

/** What the handlers of a resource are given. */
export interface RowContext {
  readonly db: Handle
  readonly params: { readonly id: string }
  readonly query: Readonly<Record<string, unknown>>
  readonly body: never
  readonly incoming: Incoming
}

type Spec = OperationSpec<InputSchemas, Responses, Actor | null>
export interface Definition extends Omit<Spec, 'method' | 'path' | 'summary' | 'guard'> {
  readonly handler: (context: RowContext) => Promise<Answer>
}

/** Makes the operation of one verb. */
export function define(
  rows: Rows,
  verb: ResourceVerb | BulkVerb,
  { handler, ...definition }: Definition,
): Operation {
  const { method, path, summary } = verbs[verb]
  const spec: Spec = {
    method,
    path: path === '' ? rows.path : `${rows.prefix}${path}`,
    summary: summary(rows.title),
    guard: guardFor(rows, verb),
    ...answersOf(rows, verb),
    ...(method !== 'GET' && rows.options.idempotent && { idempotent: true }),
    ...definition,
  }
  return { kind: 'operation', spec, handler }
}

function guardFor(rows: Rows, verb: ResourceVerb | BulkVerb): Guard {
  const { table, options } = rows
  const own = givenGuard(options.guard, verb) ?? guardOf(table, verbs[verb].policy)
  const creates = verb === 'replace' && options.replace === 'upsert'
  return creates ? every(own, guardFor(rows, 'create')) : own
}

/** What the team asks of those who change a row, it asks of those who replace it or change many. */
function givenGuard(guard: AnyOptions['guard'], verb: ResourceVerb | BulkVerb): Guard | undefined {
  if (!guard || 'check' in guard) return guard
  const { guardedAs } = verbs[verb]
  return guard[verb] ?? (guardedAs && guard[guardedAs])
}
