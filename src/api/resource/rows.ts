import * as v from 'valibot'
import type { AnyTable } from '../../data/index.ts'
import { isUuid } from '../../kernel/index.ts'
import { descriptionOf } from '../wire/described.ts'
import { toRowSchema } from '../wire/row-schema.ts'
import { type AskedReader, createAskedReader } from './asked.ts'
import { createTagger, type Tagger } from './etag.ts'
import { createOffer, type Offer } from './offer.ts'
import type { AnyOptions } from './options.ts'

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
