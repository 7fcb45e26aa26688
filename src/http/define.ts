import type { Actor } from '../kernel/index.ts'
import type { Body } from './body/body.ts'
import type { Context } from './context.ts'
import { type Middleware, type Next, type Passed, withMiddleware } from './middleware.ts'
import type { Operation, OperationSpec } from './operation.ts'
import type { InputOf, InputSchemas } from './parts.ts'
import type { Answer, Content, OutputOf, Responses } from './responses.ts'
import type { Schema } from './schema.ts'

/**
 * Declares a response that is no JSON: text, bytes or a stream of this media type. Clients that accept
 * one of `others` only are let in as well: for them the handler sets `content-type`.
 */
export function content(mediaType: string, ...others: string[]): Content {
  return others.length > 0 ? { kind: 'content', mediaType, others } : { kind: 'content', mediaType }
}

type Maybe = Schema | undefined
type MaybeBody = Schema | Body | undefined
/** The parts that an operation reads, each with its schema. */
export interface Schemas<
  P extends Maybe,
  Q extends Maybe,
  H extends Maybe,
  B extends MaybeBody,
  C extends Maybe = undefined,
> extends InputSchemas {
  readonly params: P
  readonly query: Q
  readonly headers: H
  readonly cookies: C
  readonly body: B
}

/** The same value with its lists readonly: what a list written out in an answer is inferred as. */
type Given<T> = T extends readonly unknown[] | { readonly [key: string]: unknown }
  ? { readonly [K in keyof T]: Given<T[K]> }
  : T

// `Out` is const and bounded by `Given`, so that what a handler answers keeps its literals (a status,
// a picked word) and is held against `R` once `R` is known.
/**
 * Declares an operation whose handler is given `Services` beside its context; its middleware is given
 * `Outer`.
 */
export interface DefineOperation<Services extends object = object, Outer extends object = object> {
  <
    const R extends Responses,
    P extends Maybe = undefined,
    Q extends Maybe = undefined,
    H extends Maybe = undefined,
    B extends MaybeBody = undefined,
    C extends Maybe = undefined,
    A extends Actor | null = Actor,
    const Out extends Given<Answer<R>> = Given<Answer<R>>,
  >(
    definition: OperationSpec<Schemas<P, Q, H, B, C>, R, A> & {
      readonly params?: P
      readonly query?: Q
      readonly headers?: H
      readonly cookies?: C
      readonly body?: B
      /** Answers a request that passed the guard and whose input is valid. */
      readonly handler: (
        context: Context<Schemas<P, Q, H, B, C>, A> & Services,
      ) => Out | Promise<Out>
    },
  ): Operation<NoInfer<InputOf<Schemas<P, Q, H, B, C>>>, NoInfer<OutputOf<R>>>

  /**
   * Returns what declares operations with this middleware, within those that were added before. What
   * it gives to `next` is in the handler's context, with its type.
   *
   * ```ts
   * import { operation } from 'plinth/api'
   * import * as v from 'valibot'
   *
   * const localised = operation.with(async ({ incoming }, next) =>
   *   next({ language: incoming.header('accept-language')?.slice(0, 2) ?? 'en' }),
   * )
   *
   * export const greet = localised({
   *   method: 'GET',
   *   path: '/greeting',
   *   responses: { 200: v.string() },
   *   handler: ({ language }) => ({ status: 200, body: language === 'de' ? 'Hallo' : 'Hello' }),
   * })
   * ```
   */
  with<Added extends object>(
    // Not as `Middleware`, which forgives one that needs what nothing outside of it adds.
    middleware: (context: Context & Outer, next: Next) => Passed<Added> | Promise<Passed<Added>>,
  ): DefineOperation<Services & Added, Outer & Added>
}

/**
 * Returns the function that declares operations for a module which adds `Services` to their context.
 * Parameters, body, actor and allowed answers of the handler are inferred from the declaration.
 *
 * ```ts
 * import { anyone, createApp, defineOperation } from 'plinth/http'
 * import * as v from 'valibot'
 *
 * const operation = defineOperation()
 *
 * const greet = operation({
 *   method: 'GET',
 *   path: '/greetings/:name',
 *   params: v.object({ name: v.string() }),
 *   responses: { 200: v.object({ text: v.string() }) },
 *   guard: anyone,
 *   handler: ({ params }) => ({ status: 200, body: { text: `Hello, ${params.name}` } }),
 * })
 *
 * export const app = createApp({ operations: { greet } })
 * ```
 */
export function defineOperation<
  Services extends object = object,
  Outer extends object = object,
>(): DefineOperation<Services, Outer> {
  return createDefine([])
}

function createDefine<Services extends object, Outer extends object>(
  outer: readonly Middleware[],
): DefineOperation<Services, Outer> {
  const define = ({ handler, ...spec }: Operation['spec'] & Pick<Operation, 'handler'>) => ({
    kind: 'operation',
    spec: withMiddleware(spec, outer),
    handler,
  })
  return Object.assign(define, {
    with: (middleware: Middleware) => createDefine([...outer, middleware]),
    // Each answer is one of the declared ones, which is all that is known of an operation's answers.
  }) as DefineOperation<Services, Outer>
}
