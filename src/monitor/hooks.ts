import {
  type Attributes,
  assertKnown,
  type EventListeners,
  type LogRecord,
  type MigrationApplied,
  misuse,
  PlinthError,
  type PolicyDecision,
  type RequestStarted,
  type SignalListener,
  type Signals,
  type SpanRecord,
  type TraceContext,
} from '../kernel/index.ts'
import { createHookCalls, HOOK_FAILED } from './hook-calls.ts'
import type { Redactor, Shown } from './redact.ts'

/** A request that was answered. */
export interface RequestEnded {
  readonly method: string
  /** The route's template, such as `/notes/{id}`; undefined when no route matched. */
  readonly route: string | undefined
  readonly status: number
  /** Milliseconds. */
  readonly duration: number
  readonly trace: TraceContext
  readonly attributes: Attributes
  readonly error: unknown
}

/** A statement that was run. */
export interface QueryEnded {
  /** Such as `select notes`. */
  readonly summary: string
  /** Milliseconds. */
  readonly duration: number
  readonly trace: TraceContext
  readonly attributes: Attributes
  readonly error: unknown
}

/** Something that happened and has a name, such as `auth.sign_in`. */
export interface EventReported {
  readonly name: string
  readonly message: string
  readonly attributes: Attributes
  readonly trace: TraceContext | undefined
}

/** An error that was reported. */
export interface ErrorReported {
  /** In a form that may be shown: its type, code, message, stack and cause, without secrets. */
  readonly error: unknown
  /** Gives it as it was thrown, with all that is in it: not for others to see. */
  thrown(): unknown
  readonly message: string
  readonly trace: TraceContext | undefined
}

/** A transaction that ended. */
export interface TransactionEnded {
  readonly outcome: 'committed' | 'rolled_back' | 'unknown'
  readonly isolation: string | undefined
  /** How often its function was begun: more than once when the database ended it for another's sake. */
  readonly attempts: number
  /** Milliseconds, waiting for its turn included. */
  readonly duration: number
  readonly trace: TraceContext
  readonly error: unknown
}

/** Somebody signed in, or tried to. */
export interface SignInReported {
  readonly succeeded: boolean
  /** The user's id, where it is known. */
  readonly user: string | undefined
  readonly address: string | undefined
  /** Why it failed. */
  readonly reason: string | undefined
  readonly trace: TraceContext | undefined
}

/** A request that was answered 401 or 403, be it by a guard or by a policy. */
export interface DenialReported extends RequestEnded {
  readonly address: string | undefined
}

/** A request that was turned away because there were too many. */
export interface LimitHit {
  /** `rate`: answered 429; `concurrency`: no place was free; `shed`: the server was behind. */
  readonly limit: 'rate' | 'concurrency' | 'shed'
  /** Undefined where nothing but the number is known of it, as when it was shed. */
  readonly route: string | undefined
  readonly address: string | undefined
  readonly trace: TraceContext | undefined
}

/** A request or a query that took longer than `slowAfter`. */
export interface SlowReported {
  readonly kind: 'request' | 'query'
  /** Such as `GET /notes/{id}` or `select notes`. */
  readonly name: string
  /** Milliseconds. */
  readonly duration: number
  readonly trace: TraceContext
  readonly attributes: Attributes
}

/**
 * What a team's own code can be told of, after whoever caused it was answered. A hook that throws,
 * rejects or never settles harms nobody: it is counted as `plinth.monitor.hook.failures`, logged at most
 * once a minute, and the others are still called. What is not hooked costs nothing.
 */
export interface Hooks {
  /** Told once the route is known. */
  requestStarted?(request: RequestStarted): void | Promise<void>
  request?(request: RequestEnded): void | Promise<void>
  query?(query: QueryEnded): void | Promise<void>
  transaction?(transaction: TransactionEnded): void | Promise<void>
  signIn?(signIn: SignInReported): void | Promise<void>
  denial?(denial: DenialReported): void | Promise<void>
  policyDecision?(decision: PolicyDecision): void | Promise<void>
  migration?(migration: MigrationApplied): void | Promise<void>
  limitHit?(hit: LimitHit): void | Promise<void>
  slow?(slow: SlowReported): void | Promise<void>
  event?(event: EventReported): void | Promise<void>
  error?(error: ErrorReported): void | Promise<void>
  /** Milliseconds from which on a request or a query is slow. Default 1,000. */
  readonly slowAfter?: number
}

/** Hooks at work. */
export interface OpenHooks {
  readonly listener: SignalListener
  /** Calls what is waiting. */
  flush(): Promise<void>
}

const HOOKS = [
  'requestStarted',
  'request',
  'query',
  'transaction',
  'signIn',
  'denial',
  'policyDecision',
  'migration',
  'limitHit',
  'slow',
  'event',
  'error',
] as const satisfies (keyof Hooks)[]

type HookName = (typeof HOOKS)[number]
type Told<Name extends HookName> = Parameters<NonNullable<Hooks[Name]>>[0]

/** Listens for hooks; only what is hooked is listened to. Throws `misuse` for what is no hook. */
export function openHooks(
  hooks: Hooks,
  { signals, redactor }: { signals: Signals; redactor: Redactor },
): OpenHooks {
  checkHooks(hooks)
  const { slowAfter = 1000 } = hooks
  const calls = createHookCalls(signals)
  const tell = <Name extends HookName>(name: Name, told: () => Told<Name>): void => {
    const hook = hooks[name] as ((told: Told<Name>) => void | Promise<void>) | undefined
    if (hook) calls.add(name, hook.bind(hooks), told())
  }
  const events: EventListeners = {
    ...(hooks.requestStarted && {
      'http.request_started': (event) => tell('requestStarted', () => event),
    }),
    ...(hooks.policyDecision && { 'data.policy': (event) => tell('policyDecision', () => event) }),
    ...(hooks.migration && { 'data.migration': (event) => tell('migration', () => event) }),
  }
  const listener: SignalListener = { events }
  const hooked = (...names: HookName[]) => names.some((name) => hooks[name])

  if (hooked('request', 'query', 'transaction', 'denial', 'limitHit', 'slow')) {
    listener.span = (record) => {
      const { kind, attributes, duration } = record
      if (kind === 'server') {
        tell('request', () => requestEnded(record, redactor.span(record)))
        tellOfRefusal(record)
        if (duration > slowAfter)
          tell('slow', () => slowReported('request', record, redactor.span(record)))
      } else if (kind === 'client' && attributes['http.request.method'] === undefined) {
        tell('query', () => queryEnded(record, redactor.span(record)))
        if (duration > slowAfter)
          tell('slow', () => slowReported('query', record, redactor.span(record)))
      } else if (attributes['plinth.transaction.outcome'] !== undefined) {
        tell('transaction', () => transactionEnded(record, redactor.span(record)))
      }
    }
  }
  if (hooks.limitHit) {
    listener.measurement = ({ name }) => {
      if (name !== 'plinth.http.shed') return
      const nothing = { route: undefined, address: undefined, trace: undefined }
      tell('limitHit', () => ({ limit: 'shed', ...nothing }))
    }
  }
  if (hooked('signIn', 'event', 'error')) {
    listener.log = (record) => {
      if (record.event === HOOK_FAILED) return
      if (record.event !== undefined)
        tell('event', () => eventReported(record, redactor.log(record)))
      if (isSignIn(record)) tell('signIn', () => signInReported(record))
      if (record.error !== undefined)
        tell('error', () => errorReported(record, redactor.log(record)))
    }
  }
  return { listener, flush: calls.flush }

  function tellOfRefusal(record: SpanRecord): void {
    const status = record.attributes['http.response.status_code']
    if (status === 401 || status === 403)
      tell('denial', () => denialReported(record, redactor.span(record)))
    else if (status === 429) tell('limitHit', () => limitHit('rate', record))
    else if (record.error instanceof PlinthError && record.error.code === 'overloaded') {
      tell('limitHit', () => limitHit('concurrency', record))
    }
  }
}

function checkHooks(hooks: Hooks): void {
  assertKnown('monitor.hooks', hooks, [...HOOKS, 'slowAfter'])
  for (const name of HOOKS) {
    const hook: unknown = hooks[name]
    if (hook === undefined || typeof hook === 'function') continue
    throw misuse(`monitor.hooks.${name}`, `expected a function; got ${typeof hook}`)
  }
  const { slowAfter = 0 } = hooks
  if (typeof slowAfter === 'number' && slowAfter >= 0) return
  throw misuse('monitor.hooks.slowAfter', `is ${String(slowAfter)}; expected milliseconds`)
}

function transactionEnded(record: SpanRecord, { error }: Shown): TransactionEnded {
  const { attributes, duration } = record
  return {
    outcome: attributes['plinth.transaction.outcome'] as TransactionEnded['outcome'],
    isolation: attributes['plinth.transaction.isolation'] as string | undefined,
    attempts: Number(attributes['plinth.transaction.attempts']),
    duration,
    trace: traceOf(record),
    error,
  }
}

function isSignIn({ event }: LogRecord): boolean {
  return event === 'auth.sign_in' || event === 'auth.sign_in_failed'
}

function signInReported({ event, attributes = {}, trace }: LogRecord): SignInReported {
  return {
    succeeded: event === 'auth.sign_in',
    user: attributes['plinth.user.id'] as string | undefined,
    address: attributes['client.address'] as string | undefined,
    reason: attributes['plinth.auth.reason'] as string | undefined,
    trace,
  }
}

function denialReported(record: SpanRecord, shown: Shown): DenialReported {
  return { ...requestEnded(record, shown), address: addressOf(record) }
}

function limitHit(limit: LimitHit['limit'], record: SpanRecord): LimitHit {
  const route = record.attributes['http.route'] as string | undefined
  return { limit, route, address: addressOf(record), trace: traceOf(record) }
}

function slowReported(
  kind: SlowReported['kind'],
  record: SpanRecord,
  { attributes }: Shown,
): SlowReported {
  const { name, duration } = record
  return { kind, name, duration, trace: traceOf(record), attributes }
}

function addressOf({ attributes }: SpanRecord): string | undefined {
  return attributes['client.address'] as string | undefined
}

function requestEnded(record: SpanRecord, shown: Shown): RequestEnded {
  const { attributes, duration } = record
  return {
    method: String(attributes['http.request.method']),
    route: attributes['http.route'] as string | undefined,
    status: Number(attributes['http.response.status_code']),
    duration,
    trace: traceOf(record),
    ...shown,
  }
}

function queryEnded(record: SpanRecord, shown: Shown): QueryEnded {
  const { name, duration } = record
  return { summary: name, duration, trace: traceOf(record), ...shown }
}

type ShownLine = ReturnType<Redactor['log']>

function eventReported(
  { event = '', trace }: LogRecord,
  { message, attributes }: ShownLine,
): EventReported {
  return { name: event, message, attributes, trace }
}

function errorReported(
  { error: thrown, trace }: LogRecord,
  { error, message }: ShownLine,
): ErrorReported {
  return { error, thrown: () => thrown, message, trace }
}

function traceOf({ traceId, spanId, sampled }: SpanRecord): TraceContext {
  return { traceId, spanId, sampled }
}
