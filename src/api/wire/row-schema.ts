import * as v from 'valibot'
import type { AnyTable, Column } from '../../data/index.ts'
import { misuse } from '../../kernel/index.ts'
import { describe, descriptionOf, type JsonSchema } from './described.ts'
import { wireKinds } from './kinds.ts'

/** A query's `select` and `include`, past the table's own types. */
export interface RowShape {
  readonly select?: readonly string[] | undefined
  readonly include?: Readonly<Record<string, unknown>> | undefined
}

const schemas = new WeakMap<AnyTable, v.GenericSchema>()

/** The schema of a query's rows. One table has one schema of its whole rows. */
export function toRowSchema(table: AnyTable, shape: RowShape = {}): v.GenericSchema {
  if (shape.select || shape.include) return createRowSchema(table, shape)
  const schema = schemas.get(table) ?? createRowSchema(table, {})
  schemas.set(table, schema)
  return schema
}

/** A column or a relation of a row: how it is written, and how it is described. */
interface Member {
  readonly name: string
  readonly write: ((value: never) => unknown) | undefined
  readonly describe: (convert: (part: v.GenericSchema) => JsonSchema) => JsonSchema
}

function createRowSchema(table: AnyTable, { select, include = {} }: RowShape): v.GenericSchema {
  const members = [
    ...(select ?? Object.keys(table.columns)).map((name) => columnMember(table, name)),
    ...Object.keys(include).map((name) => relationMember(table, name, include[name])),
  ]
  const write = createRowWriter(members)
  const whole = !select && Object.keys(include).length === 0
  return describe(v.pipe(v.custom<WrittenRow>(isObject), v.transform(write)), {
    ...(whole && { component: table.name }),
    write: (value) => write(value as WrittenRow),
    schema: (convert) => ({
      type: 'object',
      properties: Object.fromEntries(
        members.map(({ name, describe }) => [name, describe(convert)]),
      ),
      required: members.map(({ name }) => name),
    }),
  })
}

function columnMember(table: AnyTable, name: string): Member {
  const column: Column | undefined = Object.hasOwn(table.columns, name)
    ? table.columns[name]
    : undefined
  if (!column) throw misuse(`rowSchema(${table.name})`, `unknown column "${name}"`)
  const { kind, schema, nullable } = column
  // What an actor may not see is null.
  const maybeNull = nullable || table.fields[name]?.read !== undefined
  return {
    name,
    write: wireKinds[kind].toJson,
    describe: (convert) => (maybeNull ? orNull(convert(schema)) : convert(schema)),
  }
}

function relationMember(table: AnyTable, name: string, given: unknown): Member {
  const relation = Object.hasOwn(table.relations, name) ? table.relations[name] : undefined
  if (!relation) throw misuse(`rowSchema(${table.name})`, `unknown relation "${name}"`)
  const row = toRowSchema(relation.target(), given === true ? {} : (given as RowShape))
  const write = descriptionOf(row)?.write
  return {
    name,
    write: write && ((value: unknown) => (Array.isArray(value) ? value.map(write) : write(value))),
    describe: (convert) =>
      relation.kind === 'many' ? { type: 'array', items: convert(row) } : orNull(convert(row)),
  }
}

type WrittenRow = Readonly<Record<string, unknown>>

/** Copies the members, and nothing else that a row may carry, as JSON writes them. */
function createRowWriter(members: readonly Member[]): (row: WrittenRow) => WrittenRow {
  const writers = members.map(({ name, write }) => {
    return { name, write: write as ((value: unknown) => unknown) | undefined }
  })
  return (row) => {
    const written: Record<string, unknown> = {}
    for (const { name, write } of writers) {
      const value = row[name] ?? null
      written[name] = write && value !== null ? write(value) : value
    }
    return written
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** The schema that takes null as well, if it does not already. */
export function orNull(schema: JsonSchema): JsonSchema {
  const options = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [schema]
  const taken = Object.keys(schema).length === 0 || options.some(({ type }) => type === 'null')
  return taken ? schema : { anyOf: [...options, { type: 'null' }] }
}
