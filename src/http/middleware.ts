import type { Context } from './context.ts'
import type { Answer } from './responses.ts'

/**
 * What stands around handlers: it is given the context and `next`, which runs what is further in.
 *
 * It runs after guard and validation, and around the transaction: what it does before `next` is no
 * part of it, and when `next` answers, the commit is durable. Of that answer it may change the headers.
 *
 * What it gives to `next` is added to the context of all that is further in: keys that the context has
 * already are refused. `next` is called at most once. A middleware that never calls it answers by
 * itself, with one of the answers that the operation declares; other refusals are thrown. What the
 * handler throws rejects `next`, and passes through unless it is caught; everything is undone by then.
 *
 * ```ts
 * import { defineOperation, type Middleware } from 'plinth/http'
 *
 * const timed: Middleware = async (_context, next) => {
 *   const began = performance.now()
 *   const answer = await next()
 *   const duration = (performance.now() - began).toFixed(1)
 *   return { ...answer, headers: { ...answer.headers, 'server-timing': `handler;dur=${duration}` } }
 * }
 *
 * export const operation = defineOperation().with(timed)
 * ```
 */
export type Middleware<Added extends object = object, Services extends object = object> = {
  // Declared as a method: one that needs services stands in a list of those that need none. Whether
  // they are there is known where the operations are mounted.
  run(context: Context & Services, next: Next): Passed<Added> | Promise<Passed<Added>>
}['run']

/** Runs what is further in, with `services` added to its context, and answers what it does. */
export type Next = <Added extends object = Record<never, never>>(
  services?: Added,
) => Promise<Passed<Added>>

/** An answer, and in its type what was added to the context on the way to it. */
export type Passed<Added extends object = object> = Answer & { readonly $added?: Added }

/** The same declaration with middleware put around its own. */
export function withMiddleware<Spec extends { readonly middleware?: readonly Middleware[] }>(
  spec: Spec,
  outer: readonly Middleware[],
): Spec {
  return outer.length === 0 ? spec : { ...spec, middleware: [...outer, ...(spec.middleware ?? [])] }
}
