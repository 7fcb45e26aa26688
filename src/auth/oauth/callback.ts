import * as v from 'valibot'
import type { Handle } from '../../data/index.ts'
import { anyone, type Context, defineOperation, form } from '../../http/index.ts'
import { PlinthError, type Scope } from '../../kernel/index.ts'
import { sessionEnded } from '../errors.ts'
import { sessions } from '../session/sessions-table.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { signInResponses } from '../sign-in/wire.ts'
import { users } from '../users.ts'
import { type Admitted, admit, linkIdentity } from './admit.ts'
import { flowEnded } from './errors.ts'
import type { Proven } from './exchange.ts'
import {
  clearBinding,
  FLOW,
  type Flow,
  readBinding,
  readShownBinding,
  type TakenFlow,
  takeFlow,
} from './flow.ts'
import { type FormProvider, type OAuthServices, type OneProvider, pathOf } from './operations.ts'

type Arrival = Pick<Context, 'incoming' | 'principal' | 'trace' | 'signal' | 'fetch' | 'log'>
type Headers = Record<string, string | string[]>
type Answer =
  | ReturnType<OAuthServices['answerSignIn']>
  | { readonly status: 204 }
  | { readonly status: 303; readonly headers: Headers }

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

/**
 * Makes the operation that takes a form which a provider's page sends. It comes from another site, so
 * without our cookies; what is of use in it is handed on to where they come along, and nothing else is done.
 */
export function callbackForm({ provider }: OAuthServices): FormProvider['callbackForm'] {
  const text = v.optional(v.string())
  const path = `${pathOf(provider)}/callback`
  return defineOperation()({
    method: 'POST',
    path,
    guard: anyone,
    transaction: false,
    fromOtherSites: true,
    described: false,
    body: form(v.looseObject({ code: text, state: text, iss: text, error: text })),
    responses: { 303: null },
    handler: ({ body: { code, state, iss, error } }) => {
      const fields = Object.entries({ code, state, iss, error })
      const given = fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
      return { status: 303, headers: { location: `${path}?${new URLSearchParams(given)}` } }
    },
  })
}

async function arrive(services: OAuthServices, arrival: Arrival, state: string): Promise<Answer> {
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

interface Finish {
  readonly arrival: Arrival
  readonly flow: TakenFlow
  readonly proven: Proven
}

async function finishSignIn(
  services: OAuthServices,
  { arrival, flow, proven }: Finish,
  scope: Scope,
): Promise<Answer> {
  const { database, gate, provider, signIn, answerSignIn, report, courier, clock } = services
  const { incoming, principal } = arrival
  const { transport } = flow
  const request = { incoming, principal, transport }
  const method = `oidc:${provider.name}`
  const { admitted, entered } = await database.systemIn(scope).transaction(async (tx) => {
    const { address } = incoming
    await gate.forgive(tx, { purpose: FLOW, account: flow.binding, address })
    const admitted = await admit(tx, proven, services)
    const entered = await signIn.enter(tx, { user: admitted.user, method }, request)
    if (admitted.linked && !admitted.created) {
      const occasion = occasionOf(incoming, clock.now())
      const notice = { kind: 'changed', change: 'sign-in provider linked', occasion } as const
      courier.mail(tx, entered.user.email, notice)
    }
    return { admitted, entered }
  })
  const event = eventOf(admitted)
  if (event) {
    report(event, { user: admitted.user, address: incoming.address, reason: method }, scope)
  }
  const answer = answerSignIn(entered, { incoming, transport }, scope)
  if (transport === 'bearer') return answer
  const cookies = [answer.headers['set-cookie'] ?? []].flat()
  const location = placeOf(flow, entered.kind, services)
  return { status: 303, headers: { location, 'set-cookie': [...cookies, clearBinding()] } }
}

function eventOf({ created, linked }: Admitted): 'auth.sign_up' | 'auth.factor_added' | undefined {
  if (created) return 'auth.sign_up'
  return linked ? 'auth.factor_added' : undefined
}

function placeOf(
  { returnTo }: Flow,
  kind: 'session' | 'pending',
  { provider: { pages } }: OAuthServices,
): string {
  if (kind === 'session') return returnTo ?? pages.home
  return withQuery(pages.secondFactor, { returnTo })
}

/** Links in the session that asked for it, if it is this one and still open. */
async function finishLink(
  services: OAuthServices,
  { arrival, flow, proven }: Finish,
  scope: Scope,
): Promise<Answer> {
  const { database, provider, courier, clock, report } = services
  const { incoming, principal } = arrival
  if (!isOwnSession(principal) || principal.sessionId !== flow.session) throw flowEnded()
  const { id: user } = principal.actor
  const linked = await database.systemIn(scope).transaction(async (tx) => {
    await holdSession(tx, principal.sessionId)
    const isNew = await linkIdentity(tx, proven, { user, services })
    const owner = await tx.get(users, user)
    if (owner && isNew) {
      const occasion = occasionOf(incoming, clock.now())
      courier.mail(tx, owner.email, {
        kind: 'changed',
        change: 'sign-in provider linked',
        occasion,
      })
    }
    return isNew
  })
  const reason = `oidc:${provider.name}`
  if (linked) report('auth.factor_added', { user, address: incoming.address, reason }, scope)
  if (flow.transport === 'bearer') return { status: 204 }
  const location = flow.returnTo ?? provider.pages.account
  return { status: 303, headers: { location, 'set-cookie': clearBinding() } }
}

/** Throws when the session has ended; until `tx` is over nobody ends it. */
async function holdSession(tx: Handle, id: string): Promise<void> {
  const session = await tx.get(sessions, id)
  const { expiresAt } = session ?? {}
  if (!expiresAt || !(await tx.update(sessions, id, { expiresAt }))) throw sessionEnded()
}

/** Leads a browser back to where it came from, with the code of what went wrong and nothing of the answer. */
function leadBack(
  { provider: { name, pages } }: OAuthServices,
  flow: Flow | null,
  error: string,
): Answer {
  const page = flow?.intent === 'link' ? pages.account : pages.signIn
  const returnTo = flow?.returnTo ?? null
  return {
    status: 303,
    headers: { location: withQuery(page, { error, provider: name, returnTo }) },
  }
}

function withQuery(path: string, fields: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [[name, value]],
  )
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
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
