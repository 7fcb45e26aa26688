import { users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { type AuthApp, sentCode } from './app.ts'
import { type Attack, attacks, type Loot } from './takeover/attacks.ts'
import { OWNER, openStage } from './takeover/stage.ts'
import { type Way, ways } from './takeover/ways.ts'

/**
 * Every state that an attacker can prepare, times every way in: on an account that was the owner's before,
 * those ways that are meant to regain it; a new one needs an account that can be regained at all.
 */
const matrix = attacks.flatMap((attack) =>
  ways
    .filter((way) => (attack.owned ? way.regains : possible(attack, way)))
    .map((way) => [attack.name, way.name, attack, way] as const),
)

/** Nobody resets or changes a password where there is no account. */
function possible({ name }: Attack, way: Way): boolean {
  if (way.name === 'changes the password') return false
  return way.name !== 'resets the password' || /^(an account|half)/.test(name)
}

describe(`the takeover matrix of ${attacks.length} states, ${matrix.length} cases`, () => {
  it.each(matrix)('an attacker has %s; the owner %s', async (_, __, attack, way) => {
    const stage = await openStage()
    const { app, before } = stage
    const loot = await attack.prepare(stage)
    const entered = await way.enter(stage)
    expect(entered.status, entered.text).toBe(200)

    const headers = { authorization: `Bearer ${entered.json.token}` }
    const [owner] = (await app.database.system.list(users, { where: { email: OWNER.email } })).items
    await expectNothing(before, loot, owner?.id)
    await expectNothing(app, loot, owner?.id)
    const session = await app.send('/auth/session', { headers })
    expect([session.status, session.json.user?.email]).toEqual([200, OWNER.email])
    if (way.setsPassword) {
      const again = await app.send('/auth/sign-in', { json: { ...OWNER, transport: 'bearer' } })
      expect(again.status).toBe(200)
    }
    expect(await app.database.system.count(users, { email: OWNER.email })).toBe(1)
  })
})

/** All that the attacker holds opens nothing of the owner's. */
async function expectNothing(app: AuthApp, loot: Loot, owner: string | undefined): Promise<void> {
  const { credentials = [], refresh, password, number, requests = [] } = loot
  for (const headers of credentials) {
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
  }
  const bearer = { transport: 'bearer' } as const
  const tries = [
    ...requests,
    ...(refresh === undefined ? [] : [{ path: '/auth/refresh', json: { refresh } }]),
    ...(password === undefined
      ? []
      : [{ path: '/auth/sign-in', json: { email: OWNER.email, password, ...bearer } }]),
  ]
  for (const { path, json } of tries) {
    const { status, text } = await app.send(path, { json })
    expect([status >= 400, status < 500], `${path}: ${text}`).toEqual([true, true])
  }
  if (number === undefined) return
  const asked = await app.send('/auth/sms-code', { json: { number } })
  const code = await sentCode(app, number).catch(() => '000000')
  const json = { challenge: asked.json.challenge, code, ...bearer }
  const { json: answer } = await app.send('/auth/sms-code/confirm', { json })
  expect(answer.user?.id).not.toBe(owner)
}
