import { type AuthOptions, password } from 'plinth/auth'
import { oidc } from 'plinth/auth/oauth'
import type { DataSource } from 'plinth/data'
import { createFakeClock } from 'plinth/testing'
import {
  ADA,
  type Answer,
  type AuthApp,
  type Browser,
  linkedToken,
  MAILING,
  openApp,
  openBrowser,
} from '../app.ts'
import { CLIENT, type FakeProvider, openProvider, type Person } from './fake-provider.ts'

/** A back end with one provider called `corp`, a browser, and what both do. */
export interface Setup {
  readonly app: AuthApp
  readonly provider: FakeProvider
  readonly browser: Browser
  /** Signs in through the provider; answers what the callback answered. */
  signIn(person?: Person, browser?: Browser): Promise<Answer>
  /** Begins a sign-in and answers where the provider sends the browser back to. */
  begin(person?: Person, browser?: Browser): Promise<string>
}

type CorpOptions = Partial<Parameters<typeof oidc>[0]>

/** Opens all of it for as long as the test runs. */
export async function openSetup(
  options: CorpOptions = {},
  given: Partial<AuthOptions> & {
    readonly more?: AuthOptions['factors']
    readonly source?: DataSource
  } = {},
): Promise<Setup> {
  const { more = [], source, ...rest } = given
  const clock = createFakeClock()
  const provider = await openProvider({ now: () => app.clock.now() })
  const corp = oidc({ name: 'corp', issuer: provider.issuer, ...CLIENT, ...options })
  const app = await openApp(
    { ...MAILING, factors: [password(), corp, ...more], ...rest },
    source ? { source } : {},
  )
  app.clock.set(new Date(clock.now()).toISOString())
  const browser = openBrowser(app)
  const begin: Setup['begin'] = async (person, from = browser) =>
    provider.consent(await departure(from), person)
  return {
    app,
    provider,
    browser,
    begin,
    signIn: async (person, from = browser) => from.send(await begin(person, from)),
  }
}

/** Begins a sign-in and answers the provider's URL. */
export async function departure(
  browser: Browser,
  { name = 'corp', ...json }: { name?: string; returnTo?: string; to?: 'start' | 'link' } = {},
): Promise<string> {
  const { to = 'start', ...body } = json
  const answer = await browser.send(`/auth/oauth/${name}/${to}`, { json: body })
  if (answer.status !== 200) throw new Error(`${to} answered ${answer.status} ${answer.text}`)
  return answer.json.url
}

/** Signs up with an address that is then proved to be read; signs in with a browser, if there is one. */
export async function signUp(
  app: AuthApp,
  { account = ADA, browser }: { readonly account?: typeof ADA; readonly browser?: Browser } = {},
): Promise<void> {
  const { email, password } = account
  await app.send('/auth/sign-up', { json: account })
  const json = { token: await linkedToken(app, email), password }
  const answer = await app.send('/auth/sign-up/confirm', { json })
  if (answer.status >= 300) throw new Error(`sign-up answered ${answer.status} ${answer.text}`)
  await browser?.send('/auth/sign-in', { json: account })
}

/** Who is signed in with a browser: the address, or undefined. */
export async function whoIs(browser: Browser): Promise<string | undefined> {
  const answer = await browser.send('/auth/session')
  return answer.status === 200 ? answer.json.user.email : undefined
}

/** The code of what went wrong, as the browser is led back with it. */
export function errorOf({ status, headers }: Answer): string | null {
  if (status !== 303) return `status ${status}`
  return new URL(headers.get('location') ?? '', 'https://app.test').searchParams.get('error')
}
