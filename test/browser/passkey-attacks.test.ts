import type { Page } from 'playwright-core'
import { password } from 'plinth/auth'
import { pages } from 'plinth/auth/pages'
import { passkeys } from 'plinth/auth/passkeys'
import { expect, it } from 'vitest'
import { openPage } from './chromium.ts'
import { serveApp } from './served-app.ts'
import { plugIn, type VirtualAuthenticator } from './virtual-authenticator.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const BOB = { email: 'bob@example.com', password: 'staple of the pond' }

interface Stage {
  readonly origin: string
  readonly page: Page
  readonly authenticator: VirtualAuthenticator
}

/** Somebody who has added a passkey through the pages, and is signed out. */
async function open(): Promise<Stage> {
  const { origin } = await serveApp({
    factors: [password(), passkeys()],
    features: [pages({ afterSignIn: '/account' })],
  })
  for (const account of [ADA, BOB]) await post(`${origin}/auth/sign-up`, account)
  const page = await openPage(`${origin}/sign-in?returnTo=/account/passkeys`)
  const authenticator = await plugIn(page)
  await page.reload()
  await signIn(page, ADA)
  await page.waitForURL(`${origin}/account/passkeys`)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('The passkey is added.').waitFor()
  await page.context().clearCookies()
  // A page without a form of its own: nothing is offered or asked unless the test does.
  await page.goto(`${origin}/health`)
  return { origin, page, authenticator }
}

async function signIn(page: Page, { email, password }: typeof ADA): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

async function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

type Options = Record<string, unknown> & { readonly challenge: string }

/** What the server asks of whoever comes. */
async function optionsOf(origin: string): Promise<Options> {
  return (await post(`${origin}/auth/sign-in/passkey/options`, {})).json() as Promise<Options>
}

/** Has the browser of a page sign, as a script on that page would. */
async function sign(page: Page, options: Options): Promise<unknown> {
  return page.evaluate(async (asked) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked as never)
    const credential = await navigator.credentials.get({ publicKey })
    return (credential as PublicKeyCredential).toJSON()
  }, options)
}

/** The status and the code that an answer of the browser meets. */
async function present(origin: string, credential: unknown): Promise<[number, string | undefined]> {
  const response = await post(`${origin}/auth/sign-in/passkey`, { credential, transport: 'bearer' })
  const { code } = (await response.json()) as { code?: string }
  return [response.status, code]
}

const REFUSED = [401, 'wrong_passkey']

it('[ASVS 6.7.2] takes what a browser signed once', async () => {
  const { origin, page } = await open()
  const credential = await sign(page, await optionsOf(origin))
  expect(await present(origin, credential)).toEqual([200, undefined])
  expect(await present(origin, credential)).toEqual(REFUSED)
})

it('refuses a passkey whose user was not verified', async () => {
  const { origin, page, authenticator } = await open()
  await authenticator.verifies(false)
  const options = { ...(await optionsOf(origin)), userVerification: 'discouraged' }
  expect(await present(origin, await sign(page, options))).toEqual(REFUSED)
  await authenticator.verifies(true)
  expect(await present(origin, await sign(page, await optionsOf(origin)))).toEqual([200, undefined])
})

it('refuses a passkey whose counter went back', async () => {
  const { origin, page, authenticator } = await open()
  for (let use = 0; use < 2; use += 1) {
    expect((await present(origin, await sign(page, await optionsOf(origin))))[0]).toBe(200)
  }
  await authenticator.forgetUses()
  expect(await present(origin, await sign(page, await optionsOf(origin)))).toEqual(REFUSED)
})

it('refuses what was signed on another origin of the same domain', async () => {
  const { origin, page } = await open()
  const elsewhere = await serveApp({ factors: [password()] })
  await page.goto(`${elsewhere.origin}/health`)
  expect(await present(origin, await sign(page, await optionsOf(origin)))).toEqual(REFUSED)
})

it('refuses what was signed for another domain', async () => {
  const { origin, page } = await open()
  const { port } = new URL(origin)
  await page.goto(`http://elsewhere.localhost:${port}/health`)
  const options = { ...(await optionsOf(origin)), rpId: 'elsewhere.localhost' }
  // The authenticator makes a key of that domain, for the user of this one.
  await page.evaluate(async () => {
    const id = crypto.getRandomValues(new Uint8Array(16))
    await navigator.credentials.create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rp: { id: 'elsewhere.localhost', name: 'elsewhere' },
        user: { id, name: 'ada@example.com', displayName: 'Ada' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      },
    })
  })
  expect(await present(origin, await sign(page, options))).toEqual(REFUSED)
})

it('adds no passkey by what another session was asked for', async () => {
  const { origin, page } = await open()
  const [one, other] = [await sessionOf(origin, BOB), await sessionOf(origin, BOB)]
  const asked = await fetch(`${origin}/auth/passkeys/options`, { method: 'POST', headers: one })
  const credential = await page.evaluate(
    async (options) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as never)
      const made = await navigator.credentials.create({ publicKey })
      return (made as PublicKeyCredential).toJSON()
    },
    await asked.json(),
  )
  const response = await fetch(`${origin}/auth/passkeys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...other },
    body: JSON.stringify({ credential }),
  })
  const { code } = (await response.json()) as { code?: string }
  expect([response.status, code]).toEqual([400, 'passkey_refused'])
})

async function sessionOf(origin: string, account: typeof ADA): Promise<Record<string, string>> {
  const response = await post(`${origin}/auth/sign-in`, { ...account, transport: 'bearer' })
  const { token } = (await response.json()) as { token: string }
  return { authorization: `Bearer ${token}` }
}
