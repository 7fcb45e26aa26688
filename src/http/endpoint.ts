import { misuse } from '../kernel/index.ts'
import { checkAnnotations } from './annotations.ts'
import { createAnswerEncoder } from './answer.ts'
import type { AnswerEncoder } from './answering.ts'
import type { Limits } from './app.ts'
import { isStreamed } from './body/body.ts'
import { type Announce, createAnnounce } from './deprecation.ts'
import { checkExamples } from './examples.ts'
import { type Guard, signedIn } from './guard.ts'
import { createHandle, type Handle } from './handling.ts'
import { createInputReader, type InputReader } from './input.ts'
import type { EndpointLimits } from './limits/endpoint-limits.ts'
import { type AcceptCheck, createAcceptCheck } from './negotiation.ts'
import type { Operation } from './operation.ts'
import { type PathTemplate, parseTemplate } from './path.ts'
import { checkRedirects } from './redirect.ts'
import { createShowPath, type ShowPath } from './shown.ts'

/** An operation, checked and with everything made that its requests share. */
export interface Endpoint {
  readonly id: string
  readonly operation: Operation
  readonly template: PathTemplate
  /** Undefined where the whole path may be shown. */
  readonly showPath: ShowPath | undefined
  readonly guard: Guard
  /** Whether its method may change something (RFC 9110, section 9.2.1), and not for any site's sake. */
  readonly checksOrigin: boolean
  readonly timeout: number
  readonly readInput: InputReader
  /** Undefined where every answer is acceptable. */
  readonly checkAccept: AcceptCheck | undefined
  readonly handle: Handle
  /** Undefined where there is nothing to announce. */
  readonly announce: Announce | undefined
  readonly encode: AnswerEncoder
  readonly limits?: EndpointLimits | undefined
}

/** What the endpoints of an app have in common. */
interface EndpointOptions {
  readonly limits: Limits
  readonly compress: boolean
  /** Other origins that answers may redirect to. */
  readonly redirects: ReadonlySet<string>
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Checks an operation and makes its endpoint. Throws `misuse` naming the operation. */
export function createEndpoint(
  id: string,
  operation: Operation,
  { limits, compress, redirects }: EndpointOptions,
): Endpoint {
  const { spec } = operation
  const place = `operation ${id} (${spec.method} ${spec.path})`
  checkSpec(spec, place)
  checkAnnotations(spec, place)
  checkExamples(spec, place)
  const template = parseTemplate(spec.path, place)
  const bodyLimit = spec.bodyLimit ?? limits.bodyBytes
  return {
    id,
    operation,
    template,
    showPath: createShowPath(template, spec.params),
    guard: spec.guard ?? signedIn,
    checksOrigin: spec.method !== 'GET' && spec.fromOtherSites !== true,
    timeout: spec.timeout ?? limits.timeout,
    readInput: createInputReader(spec, {
      names: template.names,
      bodyLimit,
      jsonDepth: limits.jsonDepth,
      place,
    }),
    handle: createHandle(operation, place),
    announce: createAnnounce(spec.deprecated, place),
    checkAccept: createAcceptCheck(spec.responses),
    encode: checkRedirects(createAnswerEncoder(spec, { place, compress }), spec, {
      place,
      allowed: redirects,
    }),
  }
}

function checkSpec(spec: Operation['spec'], place: string): void {
  if (!METHODS.has(spec.method)) {
    throw misuse(place, `method is "${spec.method}"; use ${[...METHODS].join(', ')}`)
  }
  if (spec.body && spec.method === 'GET') throw misuse(place, 'a GET has no body')
  const transaction = spec.transaction ?? spec.method !== 'GET'
  checkIsolation(spec.transaction, place)
  if (spec.body && isStreamed(spec.body) && transaction) {
    throw misuse(place, 'has a streamed body, which needs transaction: false')
  }
  if (spec.idempotent && !transaction) throw misuse(place, 'idempotent needs a transaction')
  checkLimit(spec.bodyLimit, 'bodyBytes', `${place}: bodyLimit`)
  checkLimit(spec.timeout, 'timeout', `${place}: timeout`)
  checkResponses(spec, place)
}

const ISOLATION = ['read committed', 'repeatable read', 'serializable']

function checkIsolation(transaction: Operation['spec']['transaction'], place: string): void {
  if (typeof transaction !== 'object') return
  const { isolation } = transaction
  if (ISOLATION.includes(isolation)) return
  throw misuse(place, `isolation is "${isolation}"; expected one of ${ISOLATION.join(', ')}`)
}

/** The largest delay that timers know; beyond it they fire at once. */
const MAX_DELAY = 2 ** 31 - 1
/** Nesting that code which follows it recursively still survives. */
const MAX_DEPTH = 1000
const MAXIMA: Limits = {
  bodyBytes: Number.MAX_SAFE_INTEGER,
  jsonDepth: MAX_DEPTH,
  timeout: MAX_DELAY,
}

/** Throws `misuse` for a bound that is no positive integer or that nothing can keep. */
export function checkLimit(value: number | undefined, limit: keyof Limits, place: string): void {
  const maximum = MAXIMA[limit]
  if (value === undefined || (Number.isSafeInteger(value) && value > 0 && value <= maximum)) return
  throw misuse(place, `is ${value}; expected an integer from 1 to ${maximum}`)
}

/** Statuses whose answers have no body (RFC 9110, section 6.4.1). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

function checkResponses({ responses }: Operation['spec'], place: string): void {
  for (const [key, response] of Object.entries(responses)) {
    const status = Number(key)
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw misuse(place, `declares the response "${key}"; a status is a number from 200 to 599`)
    }
    if (BODILESS.has(status) && response !== null) {
      throw misuse(place, `declares a body for ${status}, which has none; write null`)
    }
  }
}
