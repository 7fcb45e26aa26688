import { PlinthError } from '../kernel/index.ts'
import { REDACTED } from './redact-names.ts'

/** An error as it may be shown. */
export interface DescribedError {
  readonly type: string
  /** Of a `PlinthError`, and the one that a database or the platform gave. */
  readonly code?: string | undefined
  readonly message: string
  /** The frames, below one line of type and message. */
  readonly stack?: string | undefined
  readonly cause?: unknown
  /** Those of an `AggregateError`, ten at the most. */
  readonly errors?: readonly unknown[] | undefined
}

export interface ErrorChecks {
  readonly text: (text: string) => string
  /** What is thrown, or is a cause, and is no error. */
  readonly value: (value: unknown, depth: number) => unknown
}

const DEPTH = 6
const ERRORS = 10

/** Describes whatever was thrown, with its causes, as far as six deep. Never throws. */
export function describeError(error: unknown, checks: ErrorChecks, depth = 0): unknown {
  try {
    if (depth >= DEPTH) return '[deep]'
    if (!(error instanceof Error)) return checks.value(error, depth)
    return describe(error, checks, depth)
  } catch {
    return '[unreadable]'
  }
}

function describe(error: Error, checks: ErrorChecks, depth: number): DescribedError {
  const { text } = checks
  const given = textOf(error, 'message')
  const type = text(textOf(error, 'name')) || 'Error'
  const message = text(isOfDatabase(error) ? withoutQuoted(given) : given)
  const below = (inner: unknown) => describeError(inner, checks, depth + 1)
  const { cause } = error
  return {
    type,
    code: codeOf(error),
    message,
    stack: text(framesOf(textOf(error, 'stack'), given, `${type}: ${message}`)),
    cause: cause === undefined ? undefined : below(cause),
    errors: error instanceof AggregateError ? error.errors.slice(0, ERRORS).map(below) : undefined,
  }
}

function textOf(error: Error, key: 'message' | 'name' | 'stack'): string {
  const value: unknown = error[key]
  return typeof value === 'string' ? value : ''
}

const CODE = /^[\w-]{1,64}$/

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown }
  if (error instanceof PlinthError) return error.code
  return typeof code === 'string' && CODE.test(code) ? code : undefined
}

/** Of PostgreSQL, MySQL and MariaDB, SQLite: by what their drivers' errors have. */
function isOfDatabase(error: Error): boolean {
  const { sqlMessage, sqlState, severity, code } = error as unknown as Record<string, unknown>
  return (
    sqlMessage !== undefined ||
    sqlState !== undefined ||
    severity !== undefined ||
    (typeof code === 'string' && /^(?:ERR_)?SQLITE/.test(code))
  )
}

/** Databases quote values in what they say, in many languages: `Duplicate entry 'x' for key 'y'`. */
const QUOTES = new Set(`'"«»„“”‚‘’「」`)

/** From the first quote to the last: a value may hold quotes as well. */
function withoutQuoted(message: string): string {
  const units = message.split('')
  const from = units.findIndex((unit) => QUOTES.has(unit))
  const to = units.findLastIndex((unit) => QUOTES.has(unit))
  if (from < 0) return message
  const rest = to > from ? message.slice(to) : ''
  return `${message.slice(0, from + 1)}${REDACTED}${rest}`
}

const FRAME = /^ {2,8}at [^\n]{1,400}$/gm
const FRAMES = 30

/** A stack begins with the message as it was, and messages may have lines that look like frames. */
function framesOf(stack: string, message: string, head: string): string {
  const at = message === '' ? -1 : stack.indexOf(message)
  const after = at < 0 ? stack : stack.slice(at + message.length)
  const frames = after.match(FRAME) ?? []
  return [head, ...frames.slice(0, FRAMES)].join('\n')
}
