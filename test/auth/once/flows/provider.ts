import { type AuthApp, enter, signIn } from '../../auth-app.ts'
import { consent } from '../corp.ts'
import { bearer, type Flow, type Step } from '../flow.ts'

type Headers = Readonly<Record<string, string>>

/** Through a provider. */
export const providerFlows: readonly Flow[] = [
  {
    name: 'going to a provider',
    once: false,
    prepare: async () => ({ path: '/auth/oauth/corp/start', json: bearer }),
  },
  {
    name: 'a sign-up with a provider',
    once: true,
    startsOver: true,
    prepare: async (app) => comeBack(app),
  },
  {
    name: 'a sign-in with a provider',
    once: true,
    startsOver: true,
    async prepare(app) {
      await arrive(app)
      return comeBack(app)
    },
  },
  {
    name: 'going to link a provider',
    once: false,
    async prepare(app) {
      const { headers } = await enter(app)
      return { path: '/auth/oauth/corp/link', json: {}, headers }
    },
  },
  {
    name: 'linking a provider',
    once: true,
    startsOver: true,
    async prepare(app) {
      const { headers } = await enter(app)
      return comeBack(app, { to: 'link', headers })
    },
  },
  {
    name: 'unlinking a provider',
    once: true,
    async prepare(app) {
      await enter(app)
      const { headers } = await signIn(app)
      const { path, ...init } = await comeBack(app, { to: 'link', headers })
      const linked = await app.send(path, init)
      if (linked.status !== 204) throw new Error(`linking answered ${linked.status}`)
      return { method: 'DELETE', path: '/auth/oauth/corp', headers }
    },
  },
]

/** Goes to the provider, and gives the request that the provider's answer makes. */
async function comeBack(
  app: AuthApp,
  { to = 'start', headers = {} }: { to?: 'start' | 'link'; headers?: Headers } = {},
): Promise<Step> {
  const json = to === 'start' ? bearer : {}
  const begun = await app.send(`/auth/oauth/corp/${to}`, { json, headers })
  if (begun.status !== 200) throw new Error(`${to} answered ${begun.status} ${begun.text}`)
  const { url, binding } = begun.json
  return { path: consent(app, url), headers: { ...headers, 'oauth-binding': binding } }
}

/** Signs up by the provider. */
async function arrive(app: AuthApp): Promise<void> {
  const { path, ...init } = await comeBack(app)
  const entered = await app.send(path, init)
  if (entered.status !== 200) throw new Error(`the callback answered ${entered.status}`)
}
