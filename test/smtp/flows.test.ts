import { emailChange, emailCode, magicLink, password } from 'plinth/auth'
import { smtp } from 'plinth/smtp'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ADA, type AuthApp, MAILING, openApp, openBrowser } from '../auth/app.ts'
import { loopback } from './certificate.ts'
import { type MailServer, openMailServer } from './mail-server.ts'

/** Auth that mails through a real server. */
async function open(): Promise<{ app: AuthApp; server: MailServer }> {
  const server = await openMailServer()
  return { server, app: await openOn(server.port) }
}

async function openOn(port: number): Promise<AuthApp> {
  const from = 'Shop <no-reply@app.test>'
  const mail = smtp({ host: '127.0.0.1', port, from, ca: loopback.cert, timeout: 2000 })
  // Before the app is opened: what it still has to send when the test is over is sent first.
  onTestFinished(() => mail.close())
  return openApp({
    ...MAILING,
    factors: [password(), magicLink(), emailCode()],
    features: [emailChange()],
    mail,
  })
}

/** What the last mail holds that leads on: the token of its link, or its code. */
async function lastSecret(app: AuthApp, server: MailServer, pattern: RegExp): Promise<string> {
  await app.idle()
  const secret = pattern.exec(server.delivered.at(-1)?.text ?? '')?.[1]
  if (secret === undefined) throw new Error('the last mail has no link or code')
  return secret
}

const TOKEN = /https:\/\/app\.test\/\S+\?token=([\w-]{43})\s/
const CODE = /\b(\d{6})\b/

describe('through a mail server', () => {
  it('goes a sign-up, a change of address and a reset', async () => {
    const { app, server } = await open()
    const browser = openBrowser(app)
    await browser.send('/auth/sign-up', { json: ADA })
    const token = await lastSecret(app, server, TOKEN)
    expect(server.delivered[0]).toMatchObject({ to: [ADA.email], encrypted: true })
    expect((await browser.send('/auth/sign-up/confirm', { json: { token } })).status).toBe(200)

    const email = 'ada@new.example'
    await browser.send('/auth/email', { json: { email } })
    const link = { token: await lastSecret(app, server, TOKEN) }
    expect((await browser.send('/auth/email/confirm', { json: link })).status).toBe(200)

    await browser.send('/auth/reset', { json: { email } })
    const json = { token: await lastSecret(app, server, TOKEN), password: 'a wholly new sentence' }
    expect((await openBrowser(app).send('/auth/reset/confirm', { json })).status).toBe(200)
    await app.idle()
    expect(server.delivered.map(({ to }) => to[0])).toContain(email)
  })

  it('goes a magic link and a code', async () => {
    const { app, server } = await open()
    await app.send('/auth/magic-link', { json: { email: ADA.email } })
    const token = await lastSecret(app, server, TOKEN)
    expect((await app.send('/auth/magic-link/confirm', { json: { token } })).status).toBe(200)

    const asked = await app.send('/auth/email-code', { json: { email: ADA.email } })
    const code = await lastSecret(app, server, CODE)
    const json = { challenge: asked.json.challenge, code }
    expect((await app.send('/auth/email-code/confirm', { json })).status).toBe(200)
  })
})

describe('a mail server that fails', () => {
  it('[ASVS 6.3.8] changes no answer, and is told to the log when all tries are over', async () => {
    let tries = 0
    const refusing = await openMailServer({
      onMailFrom(_, __, done) {
        tries += 1
        done(Object.assign(new Error('busy'), { responseCode: 451 }))
      },
    })
    const app = await openOn(refusing.port)
    const answer = await app.send('/auth/magic-link', { json: { email: ADA.email } })
    expect([answer.status, answer.text]).toEqual([202, '{"status":"accepted"}'])
    await app.idle()
    expect(tries).toBe(4)
    const lost = app.recorder.logs.filter(({ event }) => event === 'auth.message_lost')
    expect(lost).toHaveLength(1)
    expect(answer.headers.get('traceparent')).toContain(lost[0]?.trace?.traceId)
    expect(JSON.stringify(lost)).not.toMatch(/token=/)
  })

  it('[ASVS 16.5.2] gets the mail when it is well again', async () => {
    let tries = 0
    const server = await openMailServer({
      onMailFrom(_, __, done) {
        tries += 1
        done(tries === 1 ? Object.assign(new Error('busy'), { responseCode: 451 }) : null)
      },
    })
    const app = await openOn(server.port)
    await app.send('/auth/magic-link', { json: { email: ADA.email } })
    const token = await lastSecret(app, server, TOKEN)
    expect((await app.send('/auth/magic-link/confirm', { json: { token } })).status).toBe(200)
  })
})
