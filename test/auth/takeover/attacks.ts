import { enter, linkedToken, sentCode } from '../app.ts'
import { codeAt } from '../totp/authenticator.ts'
import { ATTACKER, OWNER, STOLEN, type Stage } from './stage.ts'

type Headers = Readonly<Record<string, string>>

/** What an attacker holds when the owner comes. */
export interface Loot {
  /** Headers that were let in, or may be. */
  readonly credentials?: readonly Headers[]
  readonly refresh?: string
  readonly password?: string
  /** A telephone that receives the codes of a sign-in. */
  readonly number?: string
  /** Requests that the attacker still can send. */
  readonly requests?: readonly { readonly path: string; readonly json: unknown }[]
}

/** A state that an attacker has prepared. */
export interface Attack {
  readonly name: string
  /** Whether the owner has an account already, whose address is proved. */
  readonly owned: boolean
  prepare(stage: Stage): Promise<Loot>
}

const bearer = { transport: 'bearer' } as const
const NUMBER = '+4915112345678'

/** Signs up with the owner's address where nobody asks for a proof. */
async function preregister({ before }: Stage): Promise<Loot & { headers: Headers }> {
  const { headers, answer } = await enter(before, STOLEN)
  const { password } = STOLEN
  return { headers, credentials: [headers], refresh: answer.json.refresh, password }
}

async function enrolTotp({ before }: Stage, headers: Headers): Promise<Headers> {
  const begun = await before.send('/auth/totp', { method: 'POST', headers })
  const code = codeAt(begun.json.secret, before.clock.now())
  const { json } = await before.send('/auth/totp/confirm', { json: { code }, headers })
  return { authorization: `Bearer ${json.token}` }
}

/** Requests of anybody, whose mails go to the owner. */
const requests: readonly { readonly name: string; readonly path: string; readonly json: object }[] =
  [
    { name: 'a sign-up', path: '/auth/sign-up', json: STOLEN },
    { name: 'a reset', path: '/auth/reset', json: { email: OWNER.email } },
    { name: 'a magic link', path: '/auth/magic-link', json: { email: OWNER.email } },
    { name: 'a code', path: '/auth/email-code', json: { email: OWNER.email } },
  ]

export const attacks: readonly Attack[] = [
  { name: 'nothing', owned: false, prepare: async () => ({}) },
  {
    name: 'an account of that address',
    owned: false,
    prepare: async (stage) => preregister(stage),
  },
  {
    name: 'an account with an authenticator app',
    owned: false,
    async prepare(stage) {
      const loot = await preregister(stage)
      const headers = await enrolTotp(stage, loot.headers)
      return { ...loot, credentials: [loot.headers, headers] }
    },
  },
  {
    name: 'an account with recovery codes and a trusted device',
    owned: false,
    async prepare(stage) {
      const loot = await preregister(stage)
      const headers = await enrolTotp(stage, loot.headers)
      const made = await stage.before.send('/auth/recovery-codes', { method: 'POST', headers })
      const half = await stage.before.send('/auth/sign-in', { json: { ...STOLEN, ...bearer } })
      const [code] = made.json.codes
      const { pending } = half.json
      const json = { code, pending, remember: true, ...bearer }
      const done = await stage.before.send('/auth/recovery-codes/verify', { json })
      const { token, device, refresh } = done.json
      const credentials = [headers, { authorization: `Bearer ${token}`, 'device-token': device }]
      return { ...loot, credentials, refresh }
    },
  },
  {
    name: 'an account with a telephone number',
    owned: false,
    async prepare(stage) {
      const loot = await preregister(stage)
      const { before } = stage
      const { headers } = loot
      const asked = await before.send('/auth/phones', { json: { number: NUMBER }, headers })
      await before.idle()
      const json = { challenge: asked.json.challenge, code: await sentCode(stage.app, NUMBER) }
      await before.send('/auth/phones/confirm', { json, headers })
      return { ...loot, number: NUMBER }
    },
  },
  {
    name: 'half a sign-in',
    owned: false,
    async prepare(stage) {
      const loot = await preregister(stage)
      await enrolTotp(stage, loot.headers)
      const half = await stage.before.send('/auth/sign-in', { json: { ...STOLEN, ...bearer } })
      const { pending } = half.json
      const path = '/auth/totp/verify'
      return { ...loot, requests: [{ path, json: { code: '000000', pending, ...bearer } }] }
    },
  },
  ...requests.map(
    ({ name, path, json }): Attack => ({
      name: `${name} asked for`,
      owned: false,
      async prepare({ app }) {
        const { challenge } = (await app.send(path, { json })).json
        const codes = ['000000', '123456', '999999']
        return {
          password: STOLEN.password,
          requests: codes.map((code) => ({
            path: '/auth/email-code/confirm',
            json: { challenge: challenge ?? 'A'.repeat(43), code, ...bearer },
          })),
        }
      },
    }),
  ),
  {
    name: 'a change of their own address to it',
    owned: false,
    async prepare({ app }) {
      const { headers } = await enter(app, ATTACKER)
      await app.send('/auth/email', { json: { email: OWNER.email }, headers })
      return { password: ATTACKER.password }
    },
  },
  {
    name: 'a live session',
    owned: true,
    async prepare({ app }) {
      const { headers, answer } = await enter(app, OWNER)
      return { credentials: [headers], refresh: answer.json.refresh }
    },
  },
  {
    name: 'a session by a stolen link',
    owned: true,
    async prepare({ app }) {
      await enter(app, OWNER)
      await app.send('/auth/magic-link', { json: { email: OWNER.email } })
      const json = { token: await linkedToken(app, OWNER.email), ...bearer }
      const { token, refresh } = (await app.send('/auth/magic-link/confirm', { json })).json
      return { credentials: [{ authorization: `Bearer ${token}` }], refresh }
    },
  },
  ...(['reset', 'magic-link'] as const).map(
    (kind): Attack => ({
      name: `an unspent link: ${kind}`,
      owned: true,
      async prepare({ app }) {
        await enter(app, OWNER)
        await app.send(`/auth/${kind}`, { json: { email: OWNER.email } })
        const token = await linkedToken(app, OWNER.email)
        const chosen = kind === 'reset' ? { password: STOLEN.password } : {}
        const json = { token, ...chosen, ...bearer }
        return { password: STOLEN.password, requests: [{ path: `/auth/${kind}/confirm`, json }] }
      },
    }),
  ),
]
