import type { Handle } from '../data/index.ts'
import { type DefineOperation, defineOperation } from '../http/index.ts'

/** What `mount` adds to the context of every handler. */
export interface Services {
  /**
   * The rows as the caller may see them. For every method but GET this is one transaction: its writes
   * are kept when the handler answers below 400, and undone when it answers anything else or throws.
   * `db.system` is the same transaction past all policies.
   */
  readonly db: Handle
}

/**
 * Declares one operation: its route, the schemas of what it reads, the answers it may give and the
 * handler that gives them. An answer that is not declared does not compile.
 *
 * What no schema names is refused: 422 with `issues`, told apart by place. Expected refusals are
 * declared answers or thrown `PlinthError`s; both undo the transaction.
 *
 * ```ts
 * import * as v from 'valibot'
 * import { anyone, operation } from 'plinth/api'
 *
 * export const greet = operation({
 *   method: 'GET',
 *   path: '/greetings/:name',
 *   params: v.object({ name: v.pipe(v.string(), v.maxLength(50)) }),
 *   responses: { 200: v.object({ greeting: v.string() }) },
 *   guard: anyone,
 *   handler: ({ params }) => ({ status: 200, body: { greeting: `Hello, ${params.name}!` } }),
 * })
 * ```
 */
export const operation: DefineOperation<Services, Services> = defineOperation()
