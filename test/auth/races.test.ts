import { sessions, users } from 'plinth/auth'
import { expect, it } from 'vitest'
import { ADA, enter, openApp, signIn } from './app.ts'

const many = { account: { attempts: 1000, window: 60_000 } }

it('ends a session in the midst of its requests', async () => {
  const app = await openApp()
  const { headers } = await enter(app)
  app.clock.advance(60_000)
  const read = () => app.send('/auth/session', { headers })
  const before = Array.from({ length: 50 }, read)
  const out = app.send('/auth/sign-out', { method: 'POST', headers })
  const during = Array.from({ length: 50 }, read)
  expect((await out).status).toBe(204)
  const after = Array.from({ length: 50 }, read)
  for (const answer of await Promise.all([...before, ...during])) {
    expect([200, 401]).toContain(answer.status)
  }
  for (const answer of await Promise.all(after)) expect(answer.status).toBe(401)
  expect(await app.database.system.count(sessions)).toBe(0)
})

it('signs out once of many times at once', async () => {
  const app = await openApp()
  const { headers } = await enter(app)
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => app.send('/auth/sign-out', { method: 'POST', headers })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
})

it('leaves no session to a user deleted during sign-in', async () => {
  const app = await openApp({ limits: many })
  const { user } = await enter(app)
  const entering = Array.from({ length: 20 }, () => signIn(app))
  expect(await app.database.system.delete(users, user.id)).toBe(true)
  for (const { answer, headers } of await Promise.all(entering)) {
    if (answer.status === 200) {
      expect((await app.send('/auth/session', { headers })).status).toBe(401)
    } else {
      expect([answer.status, answer.json.code]).toEqual([401, 'wrong_credentials'])
    }
  }
  expect(await app.database.system.count(sessions)).toBe(0)
})

it('opens as many sessions as there are sign-ins at once', async () => {
  const app = await openApp({ limits: many, session: { perUser: 5 } })
  await app.send('/auth/sign-up', { json: ADA })
  const entered = await Promise.all(Array.from({ length: 20 }, () => signIn(app)))
  expect(new Set(entered.map(({ answer }) => answer.status))).toEqual(new Set([200]))
  expect(new Set(entered.map(({ token }) => token)).size).toBe(20)
  expect(await app.database.system.count(sessions)).toBe(5)
})

it('replaces a session once, however often its token signs in at once', async () => {
  const app = await openApp({ limits: many })
  const { headers } = await enter(app)
  const json = { ...ADA, transport: 'bearer' }
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => app.send('/auth/sign-in', { json, headers })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect((await app.send('/auth/session', { headers })).status).toBe(401)
})

it('counts an attempt that its client walked away from', async () => {
  const app = await openApp({ limits: { account: { attempts: 3, window: 60_000 } } })
  const attempts = app.description.tables.find(({ name }) => name === 'plinth_attempts')
  if (!attempts) throw new Error('there is no table of attempts')
  for (let count = 1; count <= 3; count++) {
    const client = new AbortController()
    const sent = app.fetch(
      new Request('https://app.test/auth/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(ADA),
        signal: client.signal,
      }),
    )
    while (!(await app.database.system.first(attempts, { where: { count } }))) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    client.abort()
    await sent
  }
  expect((await signIn(app)).answer.status).toBe(429)
})

it('forgets no count when the request around it fails', async () => {
  const app = await openApp({ limits: { account: { attempts: 3, window: 60_000 } } })
  for (let count = 0; count < 3; count++) {
    expect((await signIn(app)).answer.status).toBe(401)
  }
  expect((await signIn(app)).answer.status).toBe(429)
})
