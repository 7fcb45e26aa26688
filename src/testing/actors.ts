import type { Authenticate, Principal } from '../http/index.ts'
import { type Actor, toHex, uuidv7 } from '../kernel/index.ts'
import { createVisitor, type TestedApp, type Visitor } from './visitor.ts'

/** People who need no account. */
export interface Actors {
  /** For the app under test: `mount(tree, { authenticate: actors.authenticate })`. */
  readonly authenticate: Authenticate
  /** Somebody who uses the app as this actor, with whatever else is known of the sign-in. */
  visit<Tested extends TestedApp>(
    app: Tested,
    actor: Partial<Actor>,
    principal?: Partial<Pick<Principal, 'assurance' | 'authenticatedAt'>>,
  ): Visitor<Tested>
}

/**
 * Creates actors for tests of guards and policies over HTTP, without sign-up, passwords or tables.
 *
 * Only an app that is given `authenticate` knows them, by tokens that are made up for each visitor.
 * Requests without such a token are left to `otherwise`, which by default knows nobody.
 *
 * ```ts
 * import { operation, role } from 'plinth/api'
 * import { createApp } from 'plinth/http'
 * import { createActors } from 'plinth/testing'
 *
 * const close = operation({
 *   method: 'POST',
 *   path: '/close',
 *   guard: role('staff'),
 *   responses: { 204: null },
 *   handler: () => ({ status: 204 }),
 * })
 * const actors = createActors()
 * const app = createApp({ operations: { close }, authenticate: actors.authenticate })
 *
 * const staff = actors.visit(app, { roles: ['staff'] })
 * const response = await staff.fetch('/close', { method: 'POST' })
 * console.log(response.status) // 204
 * ```
 */
export function createActors(otherwise: Authenticate = () => null): Actors {
  const known = new Map<string, Principal>()
  return {
    authenticate(incoming, scope) {
      const credential = incoming.header('authorization') ?? ''
      return known.get(credential) ?? otherwise(incoming, scope)
    },
    visit(app, actor, principal) {
      const sessionId = uuidv7()
      const authorization = `Bearer test_${toHex(crypto.getRandomValues(new Uint8Array(16)))}`
      known.set(authorization, {
        actor: { id: uuidv7(), roles: [], ...actor },
        credential: 'bearer',
        sessionId,
        ...principal,
      })
      return createVisitor(app, { authorization })
    },
  }
}
