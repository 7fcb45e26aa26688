import * as v from 'valibot'
import { misuse } from '../../kernel/index.ts'
import { descriptionOf } from './described.ts'
import { wireKinds } from './kinds.ts'

/** Turns what a handler answered into what is sent. */
export type Writer = (value: unknown) => unknown

/** The parts of valibot's schemas that are read here; which of them there are depends on `type`. */
interface Parts {
  readonly kind: string
  readonly type: string
  readonly pipe?: readonly Parts[]
  readonly wrapped?: v.GenericSchema
  readonly item?: v.GenericSchema
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly class?: unknown
  /** What stands for an absent value. */
  readonly default?: unknown
  readonly getter?: (input: undefined) => v.GenericSchema
}

/**
 * Makes the writer of a response's schema, or undefined when whatever is answered can be sent as it
 * is. Only what the schema names is written, so a column that was not declared stays on the server;
 * transformations are run. What the compiler has checked is not checked again, except where a schema
 * leaves several shapes open: an answer of no such shape is `misuse`.
 */
export function createWriter(schema: v.GenericSchema): Writer | undefined {
  // Every valibot schema has these parts.
  const parts = schema as unknown as Parts
  const { write } = descriptionOf(schema) ?? {}
  if (write) return write
  if (parts.default !== undefined) return parsedWriter(parts, schema)
  if (parts.pipe) return pipeWriter(schema, parts.pipe)
  if (parts.wrapped) return unlessNull(createWriter(parts.wrapped))
  return writers[parts.type]?.(parts, schema)
}

const writers: Readonly<
  Record<string, (parts: Parts, schema: v.GenericSchema) => Writer | undefined>
> = {
  object: ({ entries }) => objectWriter(entries, false),
  strict_object: ({ entries }) => objectWriter(entries, false),
  loose_object: ({ entries }) => objectWriter(entries, true),
  array: ({ item }) => listWriter(item && createWriter(item)),
  date: () => wireKinds.timestamp.toJson as Writer,
  bigint: () => wireKinds.bigint.toJson as Writer,
  instance: (parts) =>
    parts.class === Uint8Array ? (wireKinds.bytes.toJson as Writer) : undefined,
  lazy: ({ getter }) => lazyWriter(getter),
  object_with_rest: parsedWriter,
  record: parsedWriter,
  tuple: parsedWriter,
  tuple_with_rest: parsedWriter,
  loose_tuple: parsedWriter,
  strict_tuple: parsedWriter,
  union: parsedWriter,
  variant: parsedWriter,
  intersect: parsedWriter,
}

function pipeWriter(schema: v.GenericSchema, pipe: readonly Parts[]): Writer | undefined {
  const changes = pipe.some(
    ({ kind }, at) => at > 0 && (kind === 'transformation' || kind === 'schema'),
  )
  const [first] = pipe
  if (changes) return parsedWriter(undefined, schema)
  return first && createWriter(first as unknown as v.GenericSchema)
}

function objectWriter(entries: Parts['entries'] = {}, loose: boolean): Writer {
  const members = Object.entries(entries).map(([name, schema]) => {
    const { default: fallback } = schema as unknown as Parts
    return { name, write: createWriter(schema), always: fallback !== undefined }
  })
  return (value) => {
    const from = value as Readonly<Record<string, unknown>>
    const written: Record<string, unknown> = loose ? { ...from } : {}
    for (const { name, write, always } of members) {
      const member = from[name]
      if (member !== undefined || always) written[name] = write ? write(member) : member
    }
    return written
  }
}

function listWriter(write: Writer | undefined): Writer | undefined {
  return write && ((value) => (value as readonly unknown[]).map((item) => write(item)))
}

function unlessNull(write: Writer | undefined): Writer | undefined {
  return write && ((value) => (value === null || value === undefined ? value : write(value)))
}

/** A schema that holds itself is only complete once it is used. */
function lazyWriter(getter: Parts['getter']): Writer | undefined {
  let write: Writer | undefined
  let made = false
  return (value) => {
    if (!made && getter) {
      made = true
      write = createWriter(getter(undefined))
    }
    return write ? write(value) : value
  }
}

function parsedWriter(_parts: unknown, schema: v.GenericSchema): Writer {
  return (value) => {
    const { success, output, issues } = v.safeParse(schema, value)
    if (success) return output
    const [issue] = issues
    throw misuse('answer', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`)
  }
}
