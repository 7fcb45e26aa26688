import type { Context, Principal } from '../../http/index.ts'
import { type Asked, askOperation } from './ask.ts'
import type { Kit, Page, PageQuery, Visit } from './page.ts'
import { readReturnTo } from './return-to.ts'

/** A visit, and the header fields that what was asked for it gives to its answer. */
export interface OpenVisit extends Visit {
  readonly headers: Record<string, string[]>
}

/** What an answer passes on of the answers that it is made of. */
const PASSED: ReadonlySet<string> = new Set(['set-cookie', 'clear-site-data'])

/** Begins a visit of a page. */
export function openVisit(kit: Kit, page: Page, context: Context, query: PageQuery): OpenVisit {
  const headers: Record<string, string[]> = {}
  return {
    kit,
    page,
    context,
    query,
    headers,
    principal: browserSession(context.principal),
    returnTo: readReturnTo(query.returnTo),
    failure: undefined,
    async ask<Input, Output>(operation: { spec: unknown }, input: Input): Promise<Asked<Output>> {
      const { clock } = kit.services
      const answer = await askOperation(operation as never, input, { context, clock })
      for (const [name, value] of Object.entries(answer.headers)) {
        if (PASSED.has(name)) headers[name] = [...(headers[name] ?? []), ...[value].flat()]
      }
      // The declaration of the operation is what its handler was checked against.
      return answer as unknown as Asked<Output>
    },
  }
}

/** Whoever is signed in with this browser: pages do nothing for keys and tokens. */
function browserSession(principal: Principal | null): Principal | null {
  const { credential, kind = 'session' } = principal ?? {}
  return credential === 'cookie' && kind === 'session' ? principal : null
}
