import type { Scope } from '../../kernel/index.ts'
import { occasionOf } from '../sign-in/sign-in.ts'
import { type Admitted, admit } from './admit.ts'
import { type ArrivalAnswer, type Return, withQuery } from './arrival.ts'
import { clearBinding, FLOW, type Flow } from './flow.ts'
import type { OAuthServices } from './operations.ts'

/** Lets somebody in by what a provider says of them, whether or not they were here before. */
export async function finishSignIn(
  services: OAuthServices,
  { arrival, flow, proven }: Return,
  scope: Scope,
): Promise<ArrivalAnswer> {
  const { database, gate, provider, signIn, answerSignIn, report, courier, clock } = services
  const { incoming, principal } = arrival
  const { transport } = flow
  const request = { incoming, principal, transport, scope }
  const method = `oidc:${provider.name}`
  const entered = await database.systemIn(scope).transaction(async (tx) => {
    const { address } = incoming
    await gate.forgive(tx, { purpose: FLOW, account: flow.binding, address })
    const admitted = await admit(tx, proven, services)
    const event = eventOf(admitted)
    if (event) report(event, { user: admitted.user, address, reason: method }, scope, tx)
    const entered = await signIn.enter(tx, { user: admitted.user, method }, request)
    if (admitted.linked && !admitted.created) {
      const occasion = occasionOf(incoming, clock.now())
      const notice = { kind: 'changed', change: 'sign-in provider linked', occasion } as const
      courier.mail(tx, entered.user.email, notice)
    }
    return entered
  })
  const answer = answerSignIn(entered, { incoming, transport })
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
