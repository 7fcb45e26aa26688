import { emailCode, magicLink, password, users } from 'plinth/auth'
import { oidc } from 'plinth/auth/oauth'
import { sqlite } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { temporaryFile } from '../../data/drivers/sqlite/support.ts'
import {
  type AuthApp,
  type Browser,
  linkedToken,
  MAILING,
  openApp,
  openBrowser,
  sentCode,
} from '../app.ts'
import { CLIENT, type FakeProvider, openProvider } from './fake-provider.ts'
import { departure, errorOf, whoIs } from './setup.ts'

const OWNER = { email: 'owner@example.com', password: 'the owner knows this' }
const STOLEN = { email: OWNER.email, password: 'the attacker knows it' }
const EVIL = { sub: 'evil', email: 'evil@evil.example', email_verified: true }
const THEIRS = { sub: 'owner', email: OWNER.email, email_verified: true }

/**
 * One database, before and after the team began to send mail: before, whoever signs up has an account at
 * once, with an address that nobody proved.
 */
async function openStage() {
  const file = temporaryFile()
  const provider = await openProvider({ now: () => app.clock.now() })
  const corp = oidc({
    name: 'corp',
    issuer: provider.issuer,
    ...CLIENT,
    authoritativeFor: ['example.com'],
  })
  const factors = [password(), magicLink(), emailCode(), corp]
  const app: AuthApp = await openApp({ ...MAILING, factors }, { source: sqlite(file, []) })
  const before = await openApp(
    { factors: [password(), corp], origin: 'https://app.test' },
    { source: sqlite(file, []) },
  )
  const attacker = openBrowser(before)
  await attacker.send('/auth/sign-up', { json: STOLEN })
  await attacker.send('/auth/sign-in', { json: STOLEN })
  return { app, before, provider, attacker, owner: openBrowser(app) }
}

interface Stage {
  readonly app: AuthApp
  readonly provider: FakeProvider
  readonly attacker: Browser
  readonly owner: Browser
}

/** What the attacker prepares; answers what they do once the owner has come. */
const attacks: readonly {
  readonly name: string
  prepare(stage: Stage): Promise<() => Promise<unknown>>
}[] = [
  {
    name: 'linked an identity',
    async prepare({ attacker, provider }) {
      await attacker.send(provider.consent(await departure(attacker, { to: 'link' }), EVIL))
      return async () => attacker.send(provider.consent(await departure(attacker), EVIL))
    },
  },
  {
    name: 'signed in with a linked identity',
    async prepare({ attacker, provider }) {
      await attacker.send(provider.consent(await departure(attacker, { to: 'link' }), EVIL))
      await attacker.send(provider.consent(await departure(attacker), EVIL))
      return async () => {}
    },
  },
  {
    name: 'left to link an identity, and comes back later',
    async prepare({ attacker, provider }) {
      const back = provider.consent(await departure(attacker, { to: 'link' }), EVIL)
      return async () => {
        await attacker.send(back)
        await attacker.send(provider.consent(await departure(attacker), EVIL))
      }
    },
  },
  {
    name: 'left to sign in, and comes back later',
    async prepare({ attacker, provider }) {
      await attacker.send(provider.consent(await departure(attacker, { to: 'link' }), EVIL))
      const back = provider.consent(await departure(attacker), EVIL)
      return () => attacker.send(back)
    },
  },
]

const ways: readonly { readonly name: string; enter(stage: Stage): Promise<unknown> }[] = [
  {
    name: 'resets the password',
    async enter({ app, owner }) {
      await owner.send('/auth/reset', { json: { email: OWNER.email } })
      const json = { token: await linkedToken(app, OWNER.email), password: OWNER.password }
      await owner.send('/auth/reset/confirm', { json })
    },
  },
  {
    name: 'signs up',
    async enter({ app, owner }) {
      await owner.send('/auth/sign-up', { json: OWNER })
      const json = { token: await linkedToken(app, OWNER.email), password: OWNER.password }
      await owner.send('/auth/sign-up/confirm', { json })
    },
  },
  {
    name: 'takes a magic link',
    async enter({ app, owner }) {
      await owner.send('/auth/magic-link', { json: { email: OWNER.email } })
      const json = { token: await linkedToken(app, OWNER.email) }
      await owner.send('/auth/magic-link/confirm', { json })
    },
  },
  {
    name: 'takes a code by mail',
    async enter({ app, owner }) {
      const { json } = await owner.send('/auth/email-code', { json: { email: OWNER.email } })
      const code = await sentCode(app, OWNER.email)
      await owner.send('/auth/email-code/confirm', { json: { challenge: json.challenge, code } })
    },
  },
  {
    name: 'comes by the provider that hands the address out',
    async enter({ owner, provider }) {
      const answer = await owner.send(provider.consent(await departure(owner), THEIRS))
      expect(errorOf(answer)).toBeNull()
    },
  },
]

const matrix = attacks.flatMap((attack) =>
  ways.map((way) => [attack.name, way.name, attack, way] as const),
)

describe(`[family 12] the takeover matrix of providers, ${matrix.length} cases`, () => {
  it.each(matrix)('an attacker %s; the owner %s', async (_, __, attack, way) => {
    const stage = await openStage()
    const { app, attacker, owner } = stage
    const strike = await attack.prepare(stage)
    await way.enter(stage)
    const { json } = await owner.send('/auth/session')
    expect(json.user?.email).toBe(OWNER.email)
    await strike()
    expect(await whoIs(attacker)).not.toBe(OWNER.email)
    const { json: listed } = await owner.send('/auth/identities')
    expect(listed.items.map(({ email }: { email: string }) => email)).not.toContain(EVIL.email)
    expect(await app.database.system.count(users, { email: OWNER.email })).toBe(1)
  })
})
