import type { Page } from 'playwright-core'
import { password } from 'plinth/auth'
import { pages } from 'plinth/auth/pages'
import { passkeys } from 'plinth/auth/passkeys'
import { expect, it } from 'vitest'
import { openPage } from './chromium.ts'
import { serveApp } from './served-app.ts'
import { plugIn } from './virtual-authenticator.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }

async function open() {
  const { origin } = await serveApp({
    factors: [password(), passkeys()],
    features: [pages({ afterSignIn: '/account' })],
  })
  const headers = { 'content-type': 'application/json' }
  await fetch(`${origin}/auth/sign-up`, { method: 'POST', headers, body: JSON.stringify(ADA) })
  const page = await openPage(`${origin}/sign-in?returnTo=/account/passkeys`)
  const authenticator = await plugIn(page)
  await page.reload()
  return { page, origin, authenticator }
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail address').fill(ADA.email)
  await page.getByLabel('Password', { exact: true }).fill(ADA.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

it('adds, renames, uses and removes a passkey', async () => {
  const { page, origin } = await open()
  await signIn(page)
  await page.waitForURL(`${origin}/account/passkeys`)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('The passkey is added.').waitFor()
  await page.getByText('Rename', { exact: true }).first().click()
  await page.getByRole('textbox', { name: 'Name' }).fill('My <key>')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByText('My <key>').first().waitFor()
  await page.goto(`${origin}/account`)
  // A browser that offers none unasked.
  await page.addInitScript(
    'PublicKeyCredential.isConditionalMediationAvailable = async () => false',
  )
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/signed-out/)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL(`${origin}/account`)
  await page.goto(`${origin}/account/passkeys`)
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('The passkey is removed.').waitFor()
  expect(await page.getByText('My <key>').count()).toBe(0)
})

it('says so when no passkey was used', async () => {
  const { page } = await open()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByText('No passkey was used.').waitFor()
})

it('offers passkeys where the address is filled in', async () => {
  const { page, origin } = await open()
  await signIn(page)
  await page.waitForURL(`${origin}/account/passkeys`)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('The passkey is added.').waitFor()
  await page.context().clearCookies()
  await page.goto(`${origin}/sign-in?returnTo=/account/sessions`)
  await page.waitForURL(`${origin}/account/sessions`)
})

it('[ASVS 6.3.3] asks for a passkey as second factor', async () => {
  const { page, origin, authenticator } = await open()
  await signIn(page)
  await page.waitForURL(`${origin}/account/passkeys`)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('The passkey is added.').waitFor()
  await authenticator.touches(false)
  await page.context().clearCookies()
  await page.goto(`${origin}/sign-in?returnTo=/account`)
  await signIn(page)
  await page.waitForURL(/second-factor/)
  await authenticator.touches(true)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.waitForURL(`${origin}/account`)
})
