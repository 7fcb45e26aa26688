import { type VerifyOptions, verifyTokens } from 'plinth/auth/service-tokens'
import {
  anyone,
  assurance,
  createApp,
  defineOperation,
  every,
  fresh,
  fromRequest,
  permission,
} from 'plinth/http'
import { type Clock, createSignals } from 'plinth/kernel'
import { recordSignals } from 'plinth/testing'
import * as v from 'valibot'

export const AUDIENCE = 'https://billing.test'

/** A service without a database, which knows its callers by tokens. */
export function openService(options: VerifyOptions & { readonly clock: Clock }) {
  // Failures are looked for in answers, not printed.
  const signals = createSignals()
  recordSignals(signals)
  const define = defineOperation()
  const responses = { 200: v.object({ actor: v.unknown(), principal: v.unknown() }) }
  const app = createApp({
    operations: {
      whoami: define({
        method: 'GET',
        path: '/whoami',
        guard: anyone,
        responses,
        handler: ({ actor, principal }) => ({ status: 200, body: { actor, principal } }),
      }),
      payout: define({
        method: 'GET',
        path: '/payout',
        guard: every(assurance(2), fresh({ within: 5 * 60_000 })),
        responses: { 200: v.object({}) },
        handler: () => ({ status: 200, body: {} }),
      }),
      orders: define({
        method: 'GET',
        path: '/orders',
        guard: permission('orders:read'),
        responses,
        handler: ({ actor, principal }) => ({ status: 200, body: { actor, principal } }),
      }),
    },
    authenticate: verifyTokens(options),
    clock: options.clock,
    signals,
  })
  const get = async (path: string, token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const request = new Request(`https://billing.test${path}`, { headers })
    const { status, body } = await app.handle(fromRequest(request))
    return { status, json: typeof body === 'string' && body !== '' ? JSON.parse(body) : undefined }
  }
  return {
    get,
    /** Who a token makes somebody; null for nobody. */
    async principalOf(token: string) {
      return (await get('/whoami', token)).json.principal
    },
  }
}
