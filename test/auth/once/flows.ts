import { ADA, type AuthApp, linkedToken } from '../app.ts'
import type { Spending } from './races.ts'

/** A way through auth that writes: what leads up to its last request, and that request. */
export interface Flow {
  readonly name: string
  /** Whether the request spends a secret: of many at once, exactly one succeeds. */
  readonly once: boolean
  prepare(app: AuthApp): Promise<Spending>
}

const bearer = { transport: 'bearer' } as const
const NEW_PASSWORD = 'another horse entirely'

/** Signs up, confirms by mail, and resolves to the headers of the session. */
export async function enterByMail(app: AuthApp, account = ADA): Promise<Entry> {
  await app.send('/auth/sign-up', { json: account })
  const token = await linkedToken(app, account.email)
  const json = { token, password: account.password, ...bearer }
  const { json: body } = await app.send('/auth/sign-up/confirm', { json })
  return { headers: { authorization: `Bearer ${body.token}` }, body }
}

export interface Entry {
  readonly headers: Readonly<Record<string, string>>
  // What a sign-in answers differs by the parts that were passed.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any
}

export const flows: readonly Flow[] = [
  {
    name: 'a sign-up',
    once: false,
    prepare: async () => ({ path: '/auth/sign-up', json: ADA }),
  },
  {
    name: 'the confirmation of a sign-up',
    once: true,
    async prepare(app) {
      await app.send('/auth/sign-up', { json: ADA })
      const token = await linkedToken(app, ADA.email)
      return { path: '/auth/sign-up/confirm', json: { token, password: ADA.password, ...bearer } }
    },
  },
  {
    name: 'a sign-in',
    once: false,
    async prepare(app) {
      await enterByMail(app)
      return { path: '/auth/sign-in', json: { ...ADA, ...bearer } }
    },
  },
  {
    name: 'a change of the password',
    once: true,
    async prepare(app) {
      const { headers } = await enterByMail(app)
      const json = { current: ADA.password, password: NEW_PASSWORD }
      return { path: '/auth/password', json, headers }
    },
  },
  {
    name: 'asking for a reset',
    once: false,
    async prepare(app) {
      await enterByMail(app)
      return { path: '/auth/reset', json: { email: ADA.email } }
    },
  },
  {
    name: 'a reset',
    once: true,
    async prepare(app) {
      await enterByMail(app)
      await app.send('/auth/reset', { json: { email: ADA.email } })
      const token = await linkedToken(app, ADA.email)
      return { path: '/auth/reset/confirm', json: { token, password: NEW_PASSWORD, ...bearer } }
    },
  },
]
