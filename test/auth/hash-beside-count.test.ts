import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite } from 'plinth/data/sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ADA, type AuthApp, openApp, signIn } from './app.ts'

const account = { attempts: 3, window: 60_000 }
const wrong = { ...ADA, password: 'not the right one' }

/** A file that several processes may open. */
async function file(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-auth-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'auth.db')
}

/** Nothing is written until the function that it answers is called. */
function holdWrites({ database }: AuthApp): () => Promise<void> {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const held = database.system.transaction(() => released)
  return () => {
    release()
    return held
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))
const hashesOf = ({ recorder }: AuthApp) =>
  recorder.spans.filter(({ name }) => name === 'password hash').length

describe('a password that is checked while its attempt is counted', () => {
  it.each([
    ['right', ADA, 200],
    ['wrong', wrong, 401],
  ])('tells nothing before the attempt is stored, be it %s', async (_, json, status) => {
    const app = await openApp({}, { source: sqlite(await file(), []) })
    await app.send('/auth/sign-up', { json: ADA })
    const before = hashesOf(app)
    const release = holdWrites(app)
    let told = false
    const answer = app.send('/auth/sign-in', { json }).finally(() => {
      told = true
    })
    while (hashesOf(app) === before) await turn()
    for (let turns = 0; turns < 10; turns++) await turn()
    expect(told).toBe(false)
    await release()
    expect((await answer).status).toBe(status)
  })

  it('is not hashed for those for whom others at once leave no room', async () => {
    const app = await openApp({ limits: { account } }, { source: sqlite(await file(), []) })
    const release = holdWrites(app)
    const answers = Array.from({ length: 20 }, () => app.send('/auth/sign-in', { json: wrong }))
    while (hashesOf(app) < 3) await turn()
    for (let turns = 0; turns < 100; turns++) await turn()
    expect(hashesOf(app)).toBe(3)
    await release()
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(3)
    expect(statuses.filter((status) => status === 429)).toHaveLength(17)
    expect(hashesOf(app)).toBe(3)
  })

  it('is counted when its client goes away at any moment', async () => {
    const app = await openApp({ limits: { account } }, { source: sqlite(await file(), []) })
    await app.send('/auth/sign-up', { json: ADA })
    const before = hashesOf(app)
    for (let moment = 0; moment < 200; moment++) {
      const client = new AbortController()
      const sent = app.fetch(
        new Request('https://app.test/auth/sign-in', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(wrong),
          signal: client.signal,
        }),
      )
      for (let steps = 0; steps < moment; steps++) await null
      client.abort()
      await sent
    }
    // What its client left is still being done.
    for (let turns = 0; turns < 100; turns++) await turn()
    expect(hashesOf(app) - before).toBeLessThanOrEqual(3)
    expect((await signIn(app)).answer.status).toBe(429)
  })

  it('[family 13] gets no further in two processes than in one', async () => {
    const path = await file()
    const first = await openApp({ limits: { account } }, { source: sqlite(path, []) })
    const second = await openApp({ limits: { account } }, { source: sqlite(path, []) })
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        (at % 2 ? first : second).send('/auth/sign-in', { json: wrong }),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(3)
    expect(statuses.filter((status) => status === 429)).toHaveLength(37)
    // Each hashes what it has room for itself, and no more.
    expect(hashesOf(first) + hashesOf(second)).toBeLessThanOrEqual(6)
  })
})
