import type * as v from 'valibot'
import type { Actor, LogRecord, Scope, TraceContext } from '../kernel/index.ts'
import type { Guard } from './guard.ts'
import type { Incoming } from './message.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A response that is not JSON: text of this media type, bytes or a stream. */
export interface Content {
  readonly kind: 'content'
  readonly mediaType: string
}

/** By status: the schema of a JSON body, `content(...)` for another media type, or null for none. */
export type Responses = Readonly<Record<number, v.GenericSchema | Content | null>>

/** The parts of a request that an operation reads. Objects refuse unknown keys at every depth. */
export interface InputSchemas {
  readonly params?: v.GenericSchema | undefined
  readonly query?: v.GenericSchema | undefined
  readonly headers?: v.GenericSchema | undefined
  readonly body?: v.GenericSchema | undefined
}

type Out<S> = S extends v.GenericSchema ? v.InferOutput<S> : undefined
type In<S> = S extends v.GenericSchema ? v.InferInput<S> : undefined
/** What a handler puts into a response: the schema's input, since the client reads its output. */
type BodyOf<S> = S extends v.GenericSchema
  ? v.InferInput<S>
  : S extends Content
    ? string | Uint8Array | ReadableStream<Uint8Array>
    : null | undefined

/** One of the declared responses: the compiler refuses any other status or body. */
export type Answer<R extends Responses = Responses> = {
  [S in keyof R & number]: {
    readonly status: S
    readonly headers?: Readonly<Record<string, string | readonly string[]>>
  } & BodyField<R[S]>
}[keyof R & number]
type BodyField<S> = S extends null ? { readonly body?: null } : { readonly body: BodyOf<S> }

/** Who is calling, as the authenticator found out. */
export interface Principal {
  readonly actor: Actor
  /** How the credential came: a cookie is sent by browsers unasked, so it brings the origin check. */
  readonly credential: 'cookie' | 'bearer'
  /** The identifier of the session behind the credential. */
  readonly sessionId: string
}

/** What every handler is given. `Services` are added by the module that mounts it, such as `db`. */
export interface Context<
  I extends InputSchemas = InputSchemas,
  A extends Actor | null = Actor | null,
> {
  readonly params: Out<I['params']>
  readonly query: Out<I['query']>
  readonly headers: Out<I['headers']>
  readonly body: Out<I['body']>
  readonly actor: A
  readonly principal: Principal | null
  readonly incoming: Incoming
  /** Aborted when the client goes away or the time limit is reached. */
  readonly signal: AbortSignal
  /** Whether the signal is aborted. Asking costs less than asking the signal. */
  readonly aborted: boolean
  /** Where in its trace the request is; undefined when nobody records one. */
  readonly trace: TraceContext | undefined
  /** Writes a line to the log with the request's trace. */
  log(record: Omit<LogRecord, 'trace'>): void
}

/** How an operation is declared. */
export interface OperationSpec<
  I extends InputSchemas = InputSchemas,
  R extends Responses = Responses,
  A extends Actor | null = Actor,
> {
  readonly method: Method
  /** Such as `/notes/:id`. Every parameter needs a key in `params`. */
  readonly path: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly deprecated?: boolean
  /** Schemas of the parts; string values are coerced by the schema (`v.pipe(v.string(), v.toNumber())`). */
  readonly params?: I['params']
  readonly query?: I['query']
  readonly headers?: I['headers']
  readonly body?: I['body']
  readonly responses: R
  /** Who may call it. Default: `signedIn`. */
  readonly guard?: Guard<A>
  /** Bytes of body accepted. Default: the app's limit. */
  readonly bodyLimit?: number
  /** Milliseconds until the request is given up with 503. Default: the app's limit. */
  readonly timeout?: number
  /**
   * Whether the handler runs in one transaction, rolled back when it throws or answers 400 or above.
   * Default: true for every method but GET. A handler that reads before it writes, and relies on what
   * it read, asks for the isolation that holds it to that.
   */
  readonly transaction?: boolean | OperationTransaction
  /** Whether `Idempotency-Key` is honoured. Default: false. Needs `transaction`. */
  readonly idempotent?: boolean
}

/** How an operation's transaction is isolated. Default: the database's usual level. */
export interface OperationTransaction {
  readonly isolation: 'read committed' | 'repeatable read' | 'serializable'
}

/**
 * An operation: a declaration and its handler as one value. Only the types of what goes over the
 * wire are kept, so a client's types never reach the handler's.
 */
export interface Operation<Input = unknown, Output = unknown> {
  readonly kind: 'operation'
  readonly spec: OperationSpec<InputSchemas, Responses, Actor | null>
  // The mounting module supplies the context whose type was checked where the handler was written.
  // biome-ignore lint/suspicious/noExplicitAny: erased on purpose, see above
  readonly handler: (context: any) => Answer | Promise<Answer>
  /** Types only: what a client sends. */
  readonly $input?: Input
  /** Types only: what a client receives, by status. */
  readonly $output?: Output
}

/** The client's side of an operation's input. */
export type InputOf<I extends InputSchemas> = {
  -readonly [K in keyof I as I[K] extends v.GenericSchema ? K : never]: In<I[K]>
}

/** A value as JSON brings it: dates, big integers and bytes arrive as text. */
export type Wire<T> = unknown extends T
  ? T
  : T extends Date | bigint | Uint8Array
    ? string
    : T extends string | number | boolean | null | undefined
      ? T
      : T extends readonly (infer Item)[]
        ? Wire<Item>[]
        : { [K in keyof T]: Wire<T[K]> }

/** The client's side of an operation's responses. */
export type OutputOf<R extends Responses> = {
  [S in keyof R & number]: R[S] extends Content ? string : Wire<Out<R[S]>>
}

/** Operations by name, at any depth: the names become operation ids and client methods. */
export interface OperationTree {
  readonly [name: string]: Operation | OperationTree
}

/** Finds out who is calling. Null is nobody. */
export type Authenticate = (
  incoming: Incoming,
  scope: Scope,
) => Principal | null | Promise<Principal | null>
