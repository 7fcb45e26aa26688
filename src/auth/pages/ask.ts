import {
  type Body,
  type Context,
  type Operation,
  parse,
  type Schema,
  signedIn,
} from '../../http/index.ts'
import { type Clock, misuse } from '../../kernel/index.ts'

/** An operation's answer, with its body as a client would read it. */
export type Asked<Output> = {
  [Status in keyof Output & number]: {
    readonly status: Status
    readonly body: Output[Status]
  }
}[keyof Output & number]

/** What an operation answers, before its types are known. */
interface Given {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | readonly string[]>>
}

/**
 * Asks an operation in the course of another request: its guard, its schemas and its handler, with the
 * caller of that request. Throws what they throw. What it would take a request of its own to hold
 * (limits that the app counts, middleware) is refused as `misuse`.
 */
export async function askOperation(
  { spec, handler }: Operation,
  input: unknown,
  { context, clock }: { readonly context: Context; readonly clock: Clock },
): Promise<Given> {
  if (spec.middleware?.length || spec.limits?.length) {
    throw misuse(`operation ${spec.path}`, 'has middleware or limits, which pages cannot keep')
  }
  const { principal, incoming, trace } = context
  const actor = (spec.guard ?? signedIn).check(principal, clock, incoming)
  const parts = (input ?? {}) as Readonly<Record<'params' | 'query' | 'body', unknown>>
  const answer = await handler({
    params: spec.params && parse(spec.params, parts.params ?? {}),
    query: spec.query && parse(spec.query, parts.query ?? {}),
    headers: undefined,
    cookies: undefined,
    body: spec.body && parse(schemaOf(spec.body, spec.path), filled(parts.body)),
    actor,
    principal,
    incoming,
    trace,
    get baggage() {
      return context.baggage
    },
    signal: context.signal,
    aborted: context.aborted,
    fetch: context.fetch,
    log: context.log,
  } satisfies Context)
  const { status, headers = {}, body } = answer as typeof answer & { readonly body?: unknown }
  return { status, headers, body: body == null ? undefined : JSON.parse(JSON.stringify(body)) }
}

/** A value that is absent is no key, as in JSON: then it is said to be missing. */
function filled(body: unknown = {}): unknown {
  return JSON.parse(JSON.stringify(body))
}

function schemaOf(body: Schema | Body, path: string): Schema {
  if ('~standard' in body) return body
  if (body.kind === 'json' || body.kind === 'form') return body.schema
  throw misuse(
    `operation ${path}`,
    `takes a body of the kind "${body.kind}", which pages do not send`,
  )
}
