import { mkdirSync } from 'node:fs'
import type { Page } from 'playwright-core'
import {
  account,
  apiKeys,
  consoleText,
  emailChange,
  emailCode,
  magicLink,
  password,
  recoveryCodes,
  rememberedDevices,
  smsCode,
  totp,
} from 'plinth/auth'
import { github, google } from 'plinth/auth/oauth'
import { pages } from 'plinth/auth/pages'
import { passkeys } from 'plinth/auth/passkeys'
import { expect, it } from 'vitest'
import { findBarriers } from './accessibility.ts'
import { openContext, openPage } from './chromium.ts'
import { type ServedApp, serveApp } from './served-app.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
/** Where pictures are left, to be looked at. */
const PICTURES = `${import.meta.dirname}/.build/pages`

const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1100, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1100, height: 800 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
} as const

async function openApp(): Promise<ServedApp> {
  const footer = [{ text: 'Privacy', href: '/privacy' }]
  const client = { clientId: 'shop', clientSecret: 'secret' }
  const served = await serveApp({
    factors: [
      password(),
      passkeys(),
      magicLink(),
      emailCode(),
      smsCode(),
      totp({ issuer: 'Harbour Shop' }),
      recoveryCodes(),
      google(client),
      github(client),
    ],
    features: [
      account(),
      apiKeys(),
      emailChange(),
      rememberedDevices(),
      pages({ title: 'Harbour Shop', footer, afterSignIn: '/account' }),
    ],
    mailing: true,
    text: consoleText(() => {}),
  })
  await signUp(served)
  return served
}

async function signUp({ origin, app, mails }: ServedApp): Promise<void> {
  const post = (path: string, json: unknown) =>
    app.fetch(
      new Request(origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(json),
      }),
    )
  await post('/auth/sign-up', { ...ADA, name: 'Ada Byron' })
  await expect.poll(() => mails.length).toBe(1)
  const token = /token=([\w-]+)/.exec(mails[0]?.text ?? '')?.[1]
  await post('/auth/sign-up/confirm', { token, password: ADA.password, transport: 'bearer' })
}

const OPEN = [
  '/sign-in',
  '/sign-up',
  '/sign-up?done=sign-up-sent',
  '/sign-up/confirm?token=abc',
  '/sign-up/confirm',
  '/sign-in/link',
  '/sign-in/link?token=abc',
  '/sign-in/code',
  '/sign-in?error=account_exists',
  '/reset',
  '/reset/confirm?token=abc',
]
const ACCOUNT = [
  '/account',
  '/account/email',
  '/account/email/confirm?token=abc',
  '/account/password',
  '/account/passkeys',
  '/account/second-factor',
  '/account/providers',
  '/account/phone',
  '/account/keys',
  '/account/sessions',
  '/account/delete',
]

/** Pages that are reached by a button alone. */
const SHOWN = [
  ['/account/second-factor', 'Add an authenticator app', 'enrolment'],
  ['/account/second-factor', 'Make recovery codes', 'codes'],
  ['/account/keys', 'Make a key', 'key'],
  ['/account/phone', 'Add the number', 'number'],
  ['/account/delete', 'Delete the account', 'delete-wrong'],
] as const

it.each(Object.entries(LOOKS))('shows every page without barriers: %s', async (look, options) => {
  const { origin } = await openApp()
  const page = await openPage(`${origin}/sign-in`, options)
  const found: string[] = []
  for (const path of OPEN) found.push(...(await lookAt(page, origin + path, look)))
  await page.goto(`${origin}/sign-up`)
  await page.getByLabel('E-mail address').fill('ada@example.com')
  await page.getByLabel('Password', { exact: true }).fill('password')
  await page.getByRole('button', { name: 'Create the account' }).click()
  found.push(...(await barriersOf(page, `sign-up-wrong-${look}`)))
  await page.goto(`${origin}/sign-in`)
  await signIn(page)
  for (const path of ACCOUNT) found.push(...(await lookAt(page, origin + path, look)))
  for (const [path, button, name] of SHOWN) {
    await page.goto(origin + path)
    await fillIn(page)
    await page.getByRole('button', { name: button }).click()
    await page.waitForLoadState()
    found.push(...(await barriersOf(page, `${name}-${look}`)))
  }
  expect(found).toEqual([])
})

it('leads those who sent a form wrong to what was wrong', async () => {
  const { origin } = await openApp()
  const page = await openPage(`${origin}/sign-in`)
  await signIn(page, 'not the password')
  // A browser moves the focus once it has laid the page out.
  await page.waitForFunction('document.activeElement.role === "alert"')
  expect(await page.getByLabel('E-mail address').inputValue()).toBe(ADA.email)
})

it('signs in, ends sessions and signs out by keyboard alone', async () => {
  const { origin } = await openApp()
  const page = await openPage(`${origin}/sign-in?returnTo=/account/sessions`)
  await reach(page, 'E-mail address')
  await page.keyboard.type(ADA.email)
  await reach(page, 'Password')
  await page.keyboard.type(ADA.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/account/sessions`)
  await reach(page, 'Account')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/account`)
  await reach(page, 'Sign out')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/sign-in?done=signed-out`)
})

it('shows and hides the password, and remembers it hidden', async () => {
  const { origin } = await openApp()
  const page = await openPage(`${origin}/sign-in`)
  const input = page.getByLabel('Password', { exact: true })
  const button = page.getByRole('button', { name: 'Show password' })
  await button.click()
  expect(await input.getAttribute('type')).toBe('text')
  expect(await button.getAttribute('aria-pressed')).toBe('true')
  await button.click()
  expect(await input.getAttribute('type')).toBe('password')
})

it('does all of it without scripts', async () => {
  const { origin } = await openApp()
  const context = await openContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${origin}/account/password`)
  await signIn(page)
  await page.waitForURL(`${origin}/account/password`)
  expect(await page.getByRole('button', { name: 'Show' }).count()).toBe(0)
  await page.getByLabel('Current password', { exact: true }).fill(ADA.password)
  await page.getByLabel('New password', { exact: true }).fill('staple of the pond')
  await page.getByRole('button', { name: 'Change the password' }).click()
  await page.getByText('Your password is changed').waitFor()
})

it('lets no other site show a page or send its forms', async () => {
  const { origin } = await openApp()
  const elsewhere = `data:text/html,<form method="post" action="${origin}/sign-in">
    <input name="do" value="password"><input name="email" value="${ADA.email}">
    <input name="password" value="${ADA.password}"><button>Win</button></form>`
  const page = await openPage(elsewhere)
  const answered = page.waitForResponse(`${origin}/sign-in`)
  await page.getByRole('button').click()
  expect((await answered).status()).toBe(403)
  expect(await page.context().cookies()).toEqual([])
})

async function signIn(page: Page, secret: string = ADA.password): Promise<void> {
  await page.getByLabel('E-mail address').fill(ADA.email)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

async function fillIn(page: Page): Promise<void> {
  const values = { Name: 'Build server', 'Phone number': '+49 30 123456' }
  for (const [name, value] of Object.entries(values)) {
    const input = page.getByRole('textbox', { name })
    if ((await input.count()) > 0) await input.fill(value)
  }
}

async function lookAt(page: Page, url: string, look: string): Promise<string[]> {
  await page.goto(url)
  const { pathname, search } = new URL(page.url())
  const name = `${pathname}${search}`.slice(1).replaceAll(/\W+/g, '-')
  return barriersOf(page, `${name}-${look}`)
}

/** What is wrong with the page as it stands, of which a picture is left. */
async function barriersOf(page: Page, name: string): Promise<string[]> {
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true })
  const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
  const found = await findBarriers(page)
  return [...found, ...(wide ? ['wider than the window'] : [])].map((what) => `${name}: ${what}`)
}

/** Goes on from element to element until the one of this name has the focus. */
async function reach(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 30; steps++) {
    await page.keyboard.press('Tab')
    const here = await page.evaluate(
      '(({ labels, textContent }) => labels?.[0]?.textContent ?? textContent)(document.activeElement)',
    )
    if (String(here).trim() === name) return
  }
  throw new Error(`"${name}" cannot be reached`)
}
