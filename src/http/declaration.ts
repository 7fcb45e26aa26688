import { assertKnown, misuse } from '../kernel/index.ts'
import { isGuard } from './guard.ts'
import type { Operation, OperationSpec } from './operation.ts'
import { assertResponse } from './response-kind.ts'
import type { Schema } from './schema.ts'

/** Every key of a declaration, so that a new one cannot be forgotten here. */
const KEYS = Object.keys({
  method: 0,
  path: 0,
  summary: 0,
  description: 0,
  tags: 0,
  deprecated: 0,
  guard: 0,
  middleware: 0,
  params: 0,
  query: 0,
  headers: 0,
  cookies: 0,
  body: 0,
  responses: 0,
  errors: 0,
  responseHeaders: 0,
  examples: 0,
  bodyLimit: 0,
  cache: 0,
  compress: 0,
  timeout: 0,
  transaction: 0,
  idempotent: 0,
  limits: 0,
  essential: 0,
  described: 0,
  fromOtherSites: 0,
} satisfies Record<keyof OperationSpec, 0>)

const PARTS = ['params', 'query', 'headers', 'cookies'] as const

/**
 * Checks that an operation is made of what it must be made of: what the compiler would say, for code
 * that it did not see. Throws `misuse` naming the operation.
 */
export function checkDeclaration({ spec, handler }: Operation, id: string): void {
  const place = `operation ${id} (${spec.method} ${spec.path})`
  assertKnown(place, spec, KEYS)
  if (typeof handler !== 'function') throw misuse(place, 'has no function as handler')
  assertGuard(spec.guard, place)
  for (const part of PARTS) {
    if (spec[part] === undefined) continue
    assertSchema(spec[part], `${place}: ${part}`)
    assertTexts(spec[part], `${place}: ${part}`)
  }
  if (spec.body !== undefined) assertBody(spec.body, `${place}: body`)
  assertMiddleware(spec.middleware, place)
  const responses = Object.entries(spec.responses ?? {})
  if (responses.length === 0) throw misuse(place, 'declares no responses')
  for (const [status, response] of responses) {
    assertResponse(response, `${place}: the response ${status}`)
  }
}

/** Throws `misuse` for what is no guard, such as the name of a role, or `role` that was not called. */
export function assertGuard(guard: unknown, place: string): void {
  if (guard === undefined || isGuard(guard)) return
  const got = typeof guard === 'function' ? `the function ${guard.name}` : JSON.stringify(guard)
  throw misuse(place, `guard is ${got}; expected one such as role('staff')`)
}

/** Throws `misuse` for a list that is not of functions. */
export function assertMiddleware(list: unknown, place: string): void {
  if (list === undefined) return
  if (Array.isArray(list) && list.every((each) => typeof each === 'function')) return
  throw misuse(place, 'middleware is no list of functions')
}

function assertSchema(value: unknown, place: string): void {
  if (isSchema(value)) return
  throw misuse(place, 'is not a schema, such as v.object({ title: v.string() })')
}

/** What arrives outside of a body is text, which a schema of numbers refuses whatever it says. */
function assertTexts(schema: unknown, place: string): void {
  const { entries = {} } = schema as { entries?: Readonly<Record<string, Entry>> }
  for (const [name, entry] of Object.entries(entries)) {
    const { type = '' } = entry.wrapped ?? entry
    if (!NO_TEXTS.has(type)) continue
    const how = 'read it from its text, such as by v.pipe(v.string(), v.toNumber())'
    throw misuse(place, `"${name}" is a ${type}, and values here are text; ${how}`)
  }
}

/** As much of valibot's schemas as tells what they take; `wrapped` is within `v.optional()`. */
interface Entry {
  readonly type?: string
  readonly wrapped?: Entry
}

const NO_TEXTS: ReadonlySet<string> = new Set(['number', 'boolean', 'bigint', 'date'])

function assertBody(value: unknown, place: string): void {
  const { kind, schema, fields } = (value ?? {}) as Record<string, unknown>
  if (kind === 'json' || kind === 'form') assertSchema(schema, place)
  else if (kind === 'multipart' && fields !== undefined) assertSchema(fields, `${place}: fields`)
  else if (kind !== 'multipart' && kind !== 'text' && kind !== 'bytes') assertSchema(value, place)
}

/** Schemas of some libraries are functions. */
function isSchema(value: unknown): value is Schema {
  const isThing = (typeof value === 'object' || typeof value === 'function') && value !== null
  return isThing && '~standard' in value
}
