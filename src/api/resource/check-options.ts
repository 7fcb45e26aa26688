import type { AnyTable } from '../../data/index.ts'
import { assertKnown, misuse } from '../../kernel/index.ts'
import { isOptional } from '../wire/column-schema.ts'
import { columnOf } from './filters.ts'
import type { ListOptions } from './list-query.ts'
import type { AnyOptions, ResourceOptions } from './options.ts'
import { BULK, VERBS } from './verbs.ts'

const KNOWN = [
  'path',
  'only',
  'list',
  'select',
  'readonly',
  'include',
  'fields',
  'computed',
  'replace',
  'requireMatch',
  'bulk',
  'guard',
  'idempotent',
  'title',
  'actions',
  'operations',
] as const satisfies (keyof ResourceOptions<AnyTable>)[]

const LIST = [
  'filter',
  'order',
  'defaultOrder',
  'defaultLimit',
  'maxLimit',
  'total',
] as const satisfies (keyof ListOptions<AnyTable>)[]

const MAX_BULK = 1000

/** A misspelt option or operation does not pass in silence. */
export function checkOptions(table: AnyTable, options: AnyOptions): void {
  const place = `resource(${table.name})`
  assertKnown(place, options, KNOWN)
  assertKnown(`${place}.list`, options.list ?? {}, LIST)
  const verb = options.only?.find((each) => !VERBS.includes(each))
  if (verb !== undefined) {
    throw misuse(place, `"${verb}" is unknown; expected ${VERBS.join(', ')}`)
  }
  for (const name of options.select ?? []) columnOf(table, name)
  checkReadonly(table, options, place)
  checkBulk(table, options, place)
  if (options.replace !== undefined && options.replace !== 'upsert') {
    throw misuse(place, `replace is "${options.replace}"; expected "upsert" or nothing`)
  }
  if (options.requireMatch && !hasVersion(table)) {
    throw misuse(place, 'requireMatch needs a column that is a version()')
  }
}

function checkReadonly(
  table: AnyTable,
  { only, readonly = [], replace }: AnyOptions,
  place: string,
): void {
  const creates = !only || only.includes('create') || replace === 'upsert'
  for (const name of readonly) {
    const column = columnOf(table, name)
    if (!creates || column.fill !== undefined || isOptional(column)) continue
    throw misuse(
      place,
      `"${name}" is readonly, so create cannot set it; give it a default or leave create out`,
    )
  }
}

function checkBulk(
  table: AnyTable,
  { bulk = {}, requireMatch, readonly = [] }: AnyOptions,
  place: string,
): void {
  assertKnown(`${place}.bulk`, bulk, BULK)
  const limits = Object.entries(bulk)
  for (const [kind, limit] of limits) {
    if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_BULK) continue
    throw misuse(`${place}.bulk`, `${kind} is ${limit}; expected 1 to ${MAX_BULK}`)
  }
  const key = table.columns[table.primaryKey]
  if (limits.length > 0 && key?.kind !== 'uuid') {
    throw misuse(
      `${place}.bulk`,
      `needs an id() as primary key: a row with the ${table.primaryKey} "bulk" would have its path`,
    )
  }
  if (!requireMatch) return
  if ('delete' in bulk) {
    throw misuse(`${place}.bulk`, 'delete cannot say which versions are meant; leave it out')
  }
  if ('update' in bulk && readonly.some((name) => table.columns[name]?.fill === 'version')) {
    throw misuse(`${place}.bulk`, 'update needs the version, which is readonly')
  }
}

function hasVersion({ columns }: AnyTable): boolean {
  return Object.values(columns).some(({ fill }) => fill === 'version')
}
