import * as v from 'valibot'
import { anyone, defineOperation } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { signInResponses } from '../sign-in/wire.ts'
import { type Arrival, type ArrivalAnswer, withQuery } from './arrival.ts'
import { flowEnded } from './errors.ts'
import { finishLink } from './finish-link.ts'
import { finishSignIn } from './finish-sign-in.ts'
import { type Flow, readBinding, readShownBinding, type TakenFlow, takeFlow } from './flow.ts'
import { type OAuthServices, type OneProvider, pathOf } from './operations.ts'

/** Makes the operation that a provider sends people back to. */
export function callback(services: OAuthServices): OneProvider['callback'] {
  const { provider } = services
  return defineOperation()({
    method: 'GET',
    path: `${pathOf(provider)}/callback`,
    summary: `Come back from ${provider.name}`,
    description:
      'Browsers are led on. Programs that send OAuth-Binding are answered; linking answers 204.',
    tags: ['auth'],
    guard: anyone,
    // Providers add what they like.
    query: v.looseObject({ state: v.optional(v.string()) }),
    responses: { ...signInResponses, 204: null, 303: null },
    errors: {
      400: ['invalid_token'],
      403: ['provider_denied', 'email_unverified', 'no_account', 'banned'],
      409: ['account_exists', 'already_linked'],
      503: ['provider_failed'],
    },
    handler: (context) => arrive(services, context, context.query.state ?? ''),
  })
}

async function arrive(
  services: OAuthServices,
  arrival: Arrival,
  state: string,
): Promise<ArrivalAnswer> {
  const { database, secrets, provider, report } = services
  const { incoming, trace, signal } = arrival
  const scope = { trace, signal }
  const shown = readShownBinding(incoming)
  let flow: TakenFlow | null = null
  try {
    // Taken before the provider is asked: of several at once one asks, and a code is shown once.
    const returned = { provider: provider.name, state, binding: shown ?? readBinding(incoming) }
    flow = await database.systemIn(scope).transaction((tx) => takeFlow(tx, returned, secrets))
    if (!flow || (flow.transport === 'bearer') !== (shown !== null)) throw flowEnded()
    const answer = new URLSearchParams(incoming.query)
    const proven = await services.open.identify(answer, flow, arrival.fetch)
    const finish = flow.intent === 'link' ? finishLink : finishSignIn
    return await finish(services, { arrival, flow, proven }, scope)
  } catch (error) {
    if (!(error instanceof PlinthError) || error.code === 'misuse') throw error
    if (error.status >= 500 && error.code !== 'provider_failed') throw error
    report('auth.sign_in_failed', { address: incoming.address, reason: error.code }, scope)
    if (error.code === 'provider_failed') explain(error, services, arrival)
    if (shown !== null) throw error
    return leadBack(services, flow, error.code)
  }
}

/** Leads a browser back to where it came from, with the code of what went wrong and nothing of the answer. */
function leadBack(
  { provider: { name, pages } }: OAuthServices,
  flow: Flow | null,
  error: string,
): ArrivalAnswer {
  const page = flow?.intent === 'link' ? pages.account : pages.signIn
  const returnTo = flow?.returnTo ?? null
  return {
    status: 303,
    headers: { location: withQuery(page, { error, provider: name, returnTo }) },
  }
}

/** For the log: which check failed. The libraries' messages name claims and never their values. */
function explain({ cause }: PlinthError, { provider }: OAuthServices, arrival: Arrival): void {
  arrival.log({
    level: 'warn',
    message: 'a sign-in provider failed',
    event: 'auth.provider_failed',
    attributes: {
      'plinth.auth.provider': provider.name,
      'plinth.auth.reason': cause instanceof Error ? cause.message : undefined,
    },
  })
}
