import type { Body } from './body/body.ts'
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts'

/** The parts of a request that an operation reads. Objects refuse unknown keys at every depth. */
export interface InputSchemas {
  readonly params?: Schema | undefined
  readonly query?: Schema | undefined
  readonly headers?: Schema | undefined
  /** Named cookies; all others are ignored. Browsers send them, so they are no part of a client's input. */
  readonly cookies?: Schema | undefined
  readonly body?: Schema | Body | undefined
}

/** What a handler is given of a part. */
export type PartOutput<S> = S extends Schema
  ? SchemaOutput<S>
  : S extends { readonly $output?: infer Output }
    ? Output
    : undefined

/** What a client sends as a part. */
export type PartInput<S> = S extends Schema
  ? SchemaInput<S>
  : S extends { readonly $input?: infer Input }
    ? Input
    : undefined

/** The client's side of an operation's input. */
export type InputOf<I extends InputSchemas> = {
  -readonly [K in Exclude<keyof I, 'cookies'> as I[K] extends Schema | Body ? K : never]: PartInput<
    I[K]
  >
}
