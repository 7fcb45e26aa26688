import * as v from 'valibot'
import { anyone, type Context, defineOperation } from '../../http/index.ts'
import { sessionEnded } from '../errors.ts'
import { isOwnSession } from '../sign-in/sign-in.ts'
import { transportSchema } from '../sign-in/wire.ts'
import { beginFlow, createBinding, FLOW, type Flow, readBinding, writeBinding } from './flow.ts'
import {
  type Departure,
  type OAuthServices,
  type OneProvider,
  pathOf,
  returnToSchema,
} from './operations.ts'

const tags = ['auth']
const responses = { 200: v.object({ url: v.string(), binding: v.optional(v.string()) }) }

/**
 * Makes the operation that begins a sign-in. Only by POST, which the origin check guards: no other site
 * sends a visitor of its own through here.
 */
export function start(services: OAuthServices): OneProvider['start'] {
  const { provider } = services
  return defineOperation()({
    method: 'POST',
    path: `${pathOf(provider)}/start`,
    summary: `Sign in with ${provider.name}`,
    description: 'Answers where to send the browser next. It must come back to the same browser.',
    tags,
    guard: anyone,
    transaction: false,
    body: v.object({ returnTo: returnToSchema, transport: transportSchema }),
    responses,
    errors: { 429: ['rate_limited'], 503: ['provider_failed'] },
    handler: (context) => {
      const { returnTo = null, transport } = context.body
      const intent = 'sign-in'
      return depart(services, context, { intent, user: null, session: null, returnTo, transport })
    },
  })
}

/** Makes the operation that begins to link a provider, in a session of one's own that is fresh. */
export function link(services: OAuthServices): OneProvider['link'] {
  const { database, provider, signIn } = services
  return defineOperation()({
    method: 'POST',
    path: `${pathOf(provider)}/link`,
    summary: `Link ${provider.name}`,
    description: 'Answers where to send the browser next. It must come back in the same session.',
    tags,
    transaction: false,
    body: v.object({ returnTo: returnToSchema }),
    responses,
    errors: {
      401: ['insufficient_authentication'],
      429: ['rate_limited'],
      503: ['provider_failed'],
    },
    handler: async (context) => {
      const { principal, trace, signal } = context
      if (!isOwnSession(principal)) throw sessionEnded()
      await signIn.demandFresh(database.systemIn({ trace, signal }), principal)
      return depart(services, context, {
        intent: 'link',
        user: principal.actor.id,
        session: principal.sessionId,
        returnTo: context.body.returnTo ?? null,
        transport: principal.credential,
      })
    },
  })
}

/** Binds a flow to the browser, and says where to send it. */
async function depart(
  { database, secrets, gate, provider, open }: OAuthServices,
  context: Pick<Context, 'incoming' | 'trace' | 'signal' | 'fetch'>,
  flow: Flow,
): Promise<{ status: 200; headers: Record<string, string>; body: Departure }> {
  const { incoming, trace, signal } = context
  const scope = { trace, signal }
  const program = flow.transport === 'bearer'
  const binding = (program ? null : readBinding(incoming)) ?? createBinding()
  // Nobody is named yet: what is bounded is how many flows a browser, an address and everybody begin.
  await gate.pass({ purpose: FLOW, account: binding, incoming }, scope)
  const begun = await database
    .systemIn(scope)
    .transaction((tx) => beginFlow(tx, { ...flow, provider: provider.name }, { secrets, binding }))
  const url = await open.locate(begun, context.fetch)
  if (program) return { status: 200, headers: {}, body: { url, binding } }
  return { status: 200, headers: { 'set-cookie': writeBinding(binding) }, body: { url } }
}
