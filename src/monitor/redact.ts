import {
  type Attributes,
  type AttributeValue,
  assertKnown,
  isSecretName,
  type LogRecord,
  type Mark,
  misuse,
  type SpanRecord,
} from '../kernel/index.ts'
import { type DescribedError, describeError } from './redact-errors.ts'
import { valuesIn } from './redact-given.ts'
import { createNameCheck, REDACTED } from './redact-names.ts'
import { createTextCheck } from './redact-texts.ts'
import { plainValue } from './redact-values.ts'

export type { DescribedError }
export { isSecretName, REDACTED }

/** What is taken out of everything that monitoring writes, sends and keeps. */
export interface RedactOptions {
  /** Names of fields whose values are secret, beside those that are known and marked. */
  readonly names?: readonly string[]
  /** What is taken out of texts wherever it matches. Each is given at most 16,384 characters. */
  readonly texts?: readonly RegExp[]
  /** Whether data about persons is taken out: what is marked `personal()`, and e-mail addresses. Default true. */
  readonly personal?: boolean
}

export interface CreateRedactorOptions extends RedactOptions {
  /** The marks of columns and fields, by their names. */
  readonly marks?: ReadonlyMap<string, Mark>
}

/** What a record says, in a form that may be shown. */
export interface Shown {
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** Undefined where nothing failed. */
  readonly error: unknown
}

/** Takes secrets and personal data out. None of its functions throws, whatever it is given. */
export interface Redactor {
  /** What stands in the place of whatever carries this name; undefined when it may be shown. */
  insteadOf(name: string): string | undefined
  text(text: string): string
  /** Any value as plain data that JSON can hold. */
  value(value: unknown): unknown
  attributes(attributes: Attributes): Readonly<Record<string, AttributeValue>>
  /** A `DescribedError`, or what was thrown in its stead as plain data. */
  error(error: unknown): unknown
  /** What a line of the log says: also without the secrets that came with the request that it is about. */
  log(record: LogRecord): Shown & { readonly message: string }
  /** The same of a span. */
  span(record: SpanRecord): Shown
}

/**
 * Creates what takes secrets out of what is to be shown: by the names of fields, by marks, and by what
 * credentials look like. Parts of monitoring are given one that knows the marks of all tables and
 * operations, as `redactor` of their ports.
 *
 * ```ts
 * import { createRedactor } from 'plinth/monitor'
 *
 * const redactor = createRedactor({ names: ['policyNumber'], texts: [/\bP-\d{8}\b/] })
 * console.log(redactor.value({ policyNumber: 'P-12345678', note: 'renew P-12345678' }))
 * ```
 */
export function createRedactor(options: CreateRedactorOptions = {}): Redactor {
  checkOptions(options)
  const check = createNameCheck(options)
  const text = createTextCheck({ ...options, check })
  const of = (values: readonly string[]) => {
    const plainText = values.length === 0 ? text : (given: string) => text(given, values)
    const error = (thrown: unknown, depth = 0): unknown =>
      describeError(thrown, { text: plainText, value: (item, at) => plain(item, at) }, depth)
    const plain = (value: unknown, depth = 0): unknown =>
      plainValue(value, { check, text: plainText, error }, depth)
    const attributes = (given: Attributes) =>
      // Attributes are values that OpenTelemetry has a type for; what is none becomes text below.
      mapAttributes(given, (name, value) => check(name) ?? attributeOf(plain(value)))
    return { text: plainText, plain, error, attributes }
  }
  const plainly = of([])
  const withGiven = (given: (() => unknown) | undefined) => {
    const values = given ? valuesIn(given, check) : []
    return values.length === 0 ? plainly : of(values)
  }
  return {
    insteadOf: check,
    text,
    value: (value) => plainly.plain(value),
    attributes: plainly.attributes,
    error: (error) => plainly.error(error),
    log({ message, attributes = {}, error, given }) {
      const by = withGiven(given)
      return {
        message: by.text(message),
        attributes: by.attributes(attributes),
        error: error === undefined ? undefined : by.error(error),
      }
    },
    span({ kind, attributes, error, given }) {
      const by = error === undefined ? plainly : withGiven(given)
      const own = kind !== 'internal' && isOwn(attributes)
      return {
        attributes: own ? attributes : by.attributes(attributes),
        error: error === undefined ? undefined : by.error(error),
      }
    },
  }
}

/** What `http` and `data` put into spans, where they put in nothing that may be a secret. */
const OWN: ReadonlySet<string> = new Set([
  'http.request.method',
  'http.request.method_original',
  'http.route',
  'http.response.status_code',
  'url.path',
  'url.full',
  'url.scheme',
  'server.address',
  'server.port',
  'client.address',
  'user_agent.original',
  'error.type',
  'db.system.name',
  'db.operation.name',
  'db.operation.batch.size',
  'db.collection.name',
  'db.query.summary',
  'db.query.text',
])

function isOwn(attributes: Attributes): boolean {
  for (const name in attributes) if (!OWN.has(name)) return false
  return true
}

function checkOptions(options: CreateRedactorOptions): void {
  assertKnown('monitor.redact', options, ['names', 'texts', 'personal', 'marks'])
  const { names = [], texts = [] } = options
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string' || name === '')) {
    throw misuse('monitor.redact.names', 'expected a list of names of fields')
  }
  if (!Array.isArray(texts) || texts.some((pattern) => !(pattern instanceof RegExp))) {
    throw misuse('monitor.redact.texts', 'expected a list of regular expressions')
  }
}

function mapAttributes(
  given: Attributes,
  map: (name: string, value: unknown) => AttributeValue,
): Readonly<Record<string, AttributeValue>> {
  const result: Record<string, AttributeValue> = Object.create(null)
  try {
    for (const name of Object.keys(given)) result[name] = map(name, given[name])
  } catch {
    result['plinth.unreadable'] = true
  }
  return result
}

function attributeOf(value: unknown): AttributeValue {
  if (typeof value !== 'object' || value === null) return (value ?? undefined) as AttributeValue
  return JSON.stringify(value)
}

const standard = createRedactor()

/**
 * Takes credentials out of a text: what stands behind the name of a secret, tokens that give
 * themselves away, passwords in URLs, private keys, and e-mail addresses. Of more than 16,384
 * characters the rest is left away.
 */
export const redactText: (text: string) => string = standard.text

/**
 * A value as plain data without its secrets: by the names of keys and by what texts contain, at any
 * depth. Knows no marks; the redactor that parts of monitoring are given does.
 */
export const redact: (value: unknown) => unknown = standard.value
