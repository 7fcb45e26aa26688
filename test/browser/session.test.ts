import { password } from 'plinth/auth'
import { expect, it } from 'vitest'
import { findBarriers } from './accessibility.ts'
import { openPage } from './chromium.ts'
import { serveApp } from './served-app.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }

it('keeps the session where scripts cannot read it', async () => {
  const { origin } = await serveApp({ factors: [password()] })
  const page = await openPage(`${origin}/reference`)
  const status = await page.evaluate(async (account) => {
    const headers = { 'content-type': 'application/json' }
    const post = (path: string) =>
      fetch(path, { method: 'POST', headers, body: JSON.stringify(account) })
    await post('/auth/sign-up')
    await post('/auth/sign-in')
    return (await fetch('/auth/session')).status
  }, ADA)
  expect(status).toBe(200)
  expect(await page.evaluate('document.cookie')).toBe('')
  const cookies = await page.context().cookies()
  expect(cookies.map(({ name, httpOnly, secure }) => [name, httpOnly, secure])).toEqual([
    ['__Host-session', true, true],
    ['__Host-device', true, true],
  ])
})

it('shows the reference without barriers', async () => {
  const { origin } = await serveApp({ factors: [password()] })
  expect(await findBarriers(await openPage(`${origin}/reference`))).toEqual([])
})
