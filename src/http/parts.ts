import type { Schema, SchemaInput, SchemaOutput } from './schema.ts'

/** The parts of a request that an operation reads. Objects refuse unknown keys at every depth. */
export interface InputSchemas {
  readonly params?: Schema | undefined
  readonly query?: Schema | undefined
  readonly headers?: Schema | undefined
  readonly body?: Schema | undefined
}

/** What a handler is given of a part. */
export type PartOutput<S> = S extends Schema ? SchemaOutput<S> : undefined

/** What a client sends as a part. */
export type PartInput<S> = S extends Schema ? SchemaInput<S> : undefined

/** The client's side of an operation's input. */
export type InputOf<I extends InputSchemas> = {
  -readonly [K in keyof I as I[K] extends Schema ? K : never]: PartInput<I[K]>
}
