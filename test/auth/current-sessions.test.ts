import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backend } from 'plinth'
import { auth, password, sessions, users } from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { recordSignals, signIn } from 'plinth/testing'
import { expect, onTestFinished, test } from 'vitest'

const ada = { email: 'ada@example.com', password: 'a long enough one' }

/** Two back ends on one file, as two processes would be, and somebody signed in at the first. */
async function openTwo() {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-auth-'))
  const open = () =>
    backend({
      data: sqlite(join(folder, 'auth.db'), []),
      auth: auth({ factors: [password()] }),
      monitor: { logs: false },
    })
  const [first, second] = [await open(), await open()]
  onTestFinished(async () => {
    await Promise.all([first.close(), second.close()])
    await rm(folder, { recursive: true })
  })
  return { first, second, visitor: await signIn(first, ada) }
}

test('asks once for a session while nothing is committed', async () => {
  const { first, visitor } = await openTwo()
  const selects = async () => {
    const recorder = recordSignals(first.signals)
    await visitor.fetch('/health')
    recorder.stop()
    return recorder.spans.filter(({ kind }) => kind === 'client').map(({ name }) => name)
  }
  expect(await selects()).toEqual(['select plinth_sessions'])
  expect(await selects()).toEqual([])
})

test('ends a session at once though another process did', async () => {
  const { second, visitor } = await openTwo()
  for (let round = 0; round < 3; round += 1)
    expect((await visitor.fetch('/auth/session')).status).toBe(200)
  await second.database.system.deleteMany(sessions, {})
  expect((await visitor.fetch('/auth/session')).status).toBe(401)
})

test('has a role at once that another process gave', async () => {
  const { second, visitor } = await openTwo()
  const roles = async () => {
    const response = await visitor.fetch('/auth/session')
    return ((await response.json()) as { user: { roles: string[] } }).user.roles
  }
  expect(await roles()).toEqual([])
  await second.database.system.updateMany(users, { email: ada.email }, { roles: ['staff'] })
  expect(await roles()).toEqual(['staff'])
  await second.database.system.updateMany(users, { email: ada.email }, { roles: [] })
  expect(await roles()).toEqual([])
})

test('lets nobody in whose user another process deleted', async () => {
  const { second, visitor } = await openTwo()
  expect((await visitor.fetch('/auth/session')).status).toBe(200)
  await second.database.system.deleteMany(users, { email: ada.email })
  expect((await visitor.fetch('/auth/session')).status).toBe(401)
})
