import { backend } from 'plinth'
import { auth, emailCode, password } from 'plinth/auth'
import { createKeyring, generateKey } from 'plinth/kernel'
import { createOutbox, createVisitor, freshDatabase, signIn } from 'plinth/testing'
import { expect, it, onTestFinished } from 'vitest'

const ada = { email: 'Ada@Example.com', password: 'a long enough one' }

async function start() {
  const outbox = createOutbox()
  const app = await backend({
    data: freshDatabase([]),
    auth: auth({
      factors: [password(), emailCode()],
      origin: 'https://app.test',
      keys: createKeyring({ current: 'test', keys: { test: generateKey() } }),
      mail: outbox.mail,
    }),
    monitor: { logs: false },
  })
  onTestFinished(() => app.close())
  return { app, outbox }
}

it('signs up where sign-ups are confirmed by mail, and in again', async () => {
  const { app, outbox } = await start()
  const first = await signIn(app, { ...ada, outbox, roles: ['staff'] })
  const session = await first.fetch('/auth/session')
  expect(await session.json()).toMatchObject({ user: { roles: ['staff'] } })
  const again = await signIn(app, { ...ada, outbox })
  expect((await again.fetch('/auth/session')).status).toBe(200)
  await expect(signIn(app, { ...ada, email: 'bob@example.com' })).rejects.toMatchObject({
    code: 'sign_in_failed',
  })
  const weak = signIn(app, { email: 'eve@example.com', password: 'password', outbox })
  await expect(weak).rejects.toMatchObject({ code: 'sign_in_failed' })
})

it('reads links and codes in the order in which they were sent', async () => {
  const { app, outbox } = await start()
  const visitor = createVisitor(app)
  const json = { email: 'ada@example.com' }
  await visitor.fetch('/auth/sign-up', { json: { ...ada } })
  const asked = await visitor.fetch('/auth/email-code', { json })
  const { challenge } = (await asked.json()) as { challenge: string }
  expect(await outbox.token(json.email)).toMatch(/^[\w-]{43}$/)
  const code = await outbox.code(json.email)
  const entered = await visitor.fetch('/auth/email-code/confirm', { json: { challenge, code } })
  expect(entered.status).toBe(200)
  expect(outbox.sent.map(({ to }) => to)).toEqual([json.email, json.email])
})
