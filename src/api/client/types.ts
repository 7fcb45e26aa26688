// Structural on purpose: a client's types need none of the server's, and so do not load them.

/** As much of an operation as its caller needs. */
interface Callable<Input, Output> {
  readonly kind: 'operation'
  readonly $input?: Input
  readonly $output?: Output
}

/** As much of an app as a client's types need: what `typeof app` brings. */
export interface Described {
  readonly $operations?: unknown
}

/** The calls of an app, at the places where its operations stand. */
export type Client<App extends Described> = Calls<NonNullable<App['$operations']>>

type Calls<Tree> = {
  readonly [K in keyof Tree]: Tree[K] extends Callable<infer Input, infer Output>
    ? Call<Input, Output>
    : Calls<Tree[K]>
}

/** One operation: its parts in, one of its answers out. A list that has cursors is iterated too. */
export type Call<Input, Output> = (Record<never, never> extends CallInput<Input>
  ? (input?: CallInput<Input> & CallOptions) => Promise<Result<Output>>
  : (input: CallInput<Input> & CallOptions) => Promise<Result<Output>>) &
  Paging<Input, Output>

type Paging<Input, Output> = Input extends { readonly query?: infer Query }
  ? 'cursor' extends keyof Query
    ? Output extends { readonly 200: infer Page extends PageOf<unknown> }
      ? ListCall<
          Record<never, never> extends CallInput<Input>
            ? [input?: CallInput<Input> & CallOptions]
            : [input: CallInput<Input> & CallOptions],
          Page
        >
      : unknown
    : unknown
  : unknown

interface PageOf<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** What a list has beside its call. An answer that is no page is thrown, as `unwrap` does. */
export interface ListCall<Given extends readonly unknown[], Page extends PageOf<unknown>> {
  /** Gives page after page, from `cursor` or the first on; each is asked for when it is wanted. */
  pages(...input: Given): AsyncIterable<Page>
  /** Gives item after item, of all pages. */
  each(...input: Given): AsyncIterable<Page['items'][number]>
}

/** A part may be left out when nothing in it is required. */
type CallInput<Input> = {
  readonly [K in keyof Input as Record<never, never> extends Input[K] ? never : K]: Sent<Input, K>
} & {
  readonly [K in keyof Input as Record<never, never> extends Input[K] ? K : never]?: Sent<Input, K>
}

type Sent<Input, K extends keyof Input> = K extends 'body' ? Input[K] : Texts<Input[K]>
type Texts<Values> = { readonly [K in keyof Values]: Text<Values[K]> }
/** Whatever is read from text may be given as what it is written from. */
type Text<Value> = Value extends readonly (infer Item)[]
  ? readonly Text<Item>[]
  : string extends Value
    ? Value | number | bigint | boolean | Date
    : Value

/** What a call takes beside the operation's own parts. */
export interface CallOptions {
  /** Makes a repeated call safe: the same key gets the same answer, and one effect. */
  readonly idempotencyKey?: string
  /** Ends the call, its repetitions and its streams. */
  readonly signal?: AbortSignal
  /** In the place of the client's own. */
  readonly timeout?: number
  readonly retries?: number | RetryOptions
}

/** How calls are repeated that failed in passing. */
export interface RetryOptions {
  /** Repetitions at most. Default 2. */
  readonly limit?: number
  /**
   * Milliseconds. The first pause is of any length up to this, each further one of up to twice the
   * one before. Default 250.
   */
  readonly pause?: number
  /**
   * Milliseconds from the first attempt after which none begins. A `Retry-After` that goes beyond
   * is not waited for. Default 30,000.
   */
  readonly within?: number
}

/** An answer: one that the operation declares, or a problem. Its `status` tells which. */
export type Result<Output> = Declared<Output> | Failure<Exclude<ProblemStatus, keyof Output>>

type Declared<Output> = {
  [S in keyof Output & number]: {
    readonly status: S
    readonly body: Output[S]
    readonly headers: Headers
  }
}[keyof Output & number]

/** An answer that is a problem document. */
export interface Failure<Status> {
  readonly status: Status
  readonly body: ProblemBody
  readonly headers: Headers
}

/**
 * The statuses that a server, or a gateway before it, may answer without declaring them; and 0, when
 * there is no answer.
 */
export type ProblemStatus =
  | 0
  | 400
  | 401
  | 403
  | 404
  | 405
  | 406
  | 408
  | 409
  | 412
  | 413
  | 414
  | 415
  | 416
  | 422
  | 425
  | 428
  | 429
  | 431
  | 500
  | 502
  | 503
  | 504

/** A problem document (RFC 9457). */
export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  /** A sentence for people. */
  readonly detail?: string
  /**
   * A name for code to switch on, such as `invalid_input`; `unexpected_answer` when a gateway gave
   * none. With status 0 it is `network`, `timeout`, `invalid_answer` or `no_routes`.
   */
  readonly code: string
  /** What is wrong with the input, each with its place. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
  readonly [member: string]: unknown
}

/** An answer, whatever its operation declares. */
export interface Answer {
  readonly status: number
  /** What the status was declared with, a problem document, or undefined when there is none. */
  readonly body: unknown
  readonly headers: Headers
}
