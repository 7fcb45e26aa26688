import * as v from 'valibot'
import type { AnyTable, Column } from '../../data/index.ts'
import { misuse } from '../../kernel/index.ts'
import { describe, descriptionOf, type JsonSchema } from './described.ts'
import { wireKinds } from './kinds.ts'
import { createWriter } from './writer.ts'

/** A query's `select` and `include`, past the table's own types, and what a resource makes of them. */
export interface RowShape {
  readonly select?: readonly string[] | undefined
  readonly include?: Readonly<Record<string, unknown>> | undefined
  /** Members that code adds to the rows. */
  readonly computed?: Readonly<Record<string, v.GenericSchema>>
  /** What a row may be without: related rows, or whatever its reader did not ask for. */
  readonly optional?: 'relations' | 'members' | undefined
  /** Where the description writes it, once. Default: the table's name for whole rows, else in place. */
  readonly component?: string
}

const schemas = new WeakMap<AnyTable, v.GenericSchema>()

/** The schema of a query's rows. One table has one schema of its whole rows. */
export function toRowSchema(table: AnyTable, shape: RowShape = {}): v.GenericSchema {
  if (Object.keys(shape).length > 0) return createRowSchema(table, shape)
  const schema = schemas.get(table) ?? createRowSchema(table, {})
  schemas.set(table, schema)
  return schema
}

/** A column or a relation of a row: how it is written, and how it is described. */
interface Member {
  readonly name: string
  readonly optional: boolean
  readonly write: ((value: never) => unknown) | undefined
  readonly describe: (convert: (part: v.GenericSchema) => JsonSchema) => JsonSchema
}

function createRowSchema(table: AnyTable, shape: RowShape): v.GenericSchema {
  const { select, include = {}, computed = {}, optional } = shape
  const members = [
    ...(select ?? Object.keys(table.columns)).map((name) => columnMember(table, name, shape)),
    ...Object.entries(computed).map(([name, schema]) => computedMember(name, schema, shape)),
    ...Object.keys(include).map((name) => relationMember(table, name, shape)),
  ]
  const write = createRowWriter(members)
  const whole = !select && !optional && members.length === Object.keys(table.columns).length
  const component = shape.component ?? (whole ? table.name : undefined)
  return describe(v.pipe(v.custom<WrittenRow>(isObject), v.transform(write)), {
    ...(component !== undefined && { component }),
    write: (value) => write(value as WrittenRow),
    schema: (convert) => ({
      type: 'object',
      properties: Object.fromEntries(
        members.map(({ name, describe }) => [name, describe(convert)]),
      ),
      required: members.filter((member) => !member.optional).map(({ name }) => name),
    }),
  })
}

function columnMember(table: AnyTable, name: string, { optional }: RowShape): Member {
  const column: Column | undefined = Object.hasOwn(table.columns, name)
    ? table.columns[name]
    : undefined
  if (!column) throw misuse(`rowSchema(${table.name})`, `unknown column "${name}"`)
  const { kind, schema, nullable } = column
  // What an actor may not see is null.
  const maybeNull = nullable || table.fields[name]?.read !== undefined
  return {
    name,
    optional: optional === 'members',
    write: wireKinds[kind].toJson,
    describe: (convert) => (maybeNull ? orNull(convert(schema)) : convert(schema)),
  }
}

function computedMember(name: string, schema: v.GenericSchema, { optional }: RowShape): Member {
  return {
    name,
    optional: optional === 'members',
    write: createWriter(schema),
    describe: (convert) => convert(schema),
  }
}

function relationMember(table: AnyTable, name: string, { include, optional }: RowShape): Member {
  const given = include?.[name]
  const relation = Object.hasOwn(table.relations, name) ? table.relations[name] : undefined
  if (!relation) throw misuse(`rowSchema(${table.name})`, `unknown relation "${name}"`)
  const { select, include: further } = given === true ? {} : (given as RowShape)
  const row = toRowSchema(relation.target(), {
    ...(select && { select }),
    ...(further && { include: further }),
    ...(optional && { optional }),
  })
  const write = descriptionOf(row)?.write
  return {
    name,
    optional: optional !== undefined,
    write: write && ((value: unknown) => (Array.isArray(value) ? value.map(write) : write(value))),
    describe: (convert) =>
      relation.kind === 'many' ? { type: 'array', items: convert(row) } : orNull(convert(row)),
  }
}

type WrittenRow = Readonly<Record<string, unknown>>

/** Copies the members, and nothing else that a row may carry, as JSON writes them. */
function createRowWriter(members: readonly Member[]): (row: WrittenRow) => WrittenRow {
  const writers = members.map(({ name, write, optional }) => {
    return { name, write: write as ((value: unknown) => unknown) | undefined, optional }
  })
  return (row) => {
    const written: Record<string, unknown> = {}
    for (const { name, write, optional } of writers) {
      const given = row[name]
      if (given === undefined && optional) continue
      const value = given ?? null
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
