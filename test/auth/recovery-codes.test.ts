import { password, recoveryCodes, totp } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, openApp, signIn, visible } from './app.ts'
import { codeAt, enrol, signInHalf } from './totp/authenticator.ts'

const many = { attempts: 1000, window: 15 * 60_000 }
const factors = [password(), totp(), recoveryCodes()]

const open = (options: Parameters<typeof openApp>[0] = {}) =>
  openApp({ mailing: true, origin: 'https://app.test', factors, ...options })

async function makeCodes(app: AuthApp, headers: Record<string, string>): Promise<string[]> {
  return (await app.send('/auth/recovery-codes', { method: 'POST', headers })).json.codes
}

async function use(app: AuthApp, code: string, account = ADA) {
  const pending = await signInHalf(app, account)
  const json = { code, pending, transport: 'bearer' }
  return app.send('/auth/recovery-codes/verify', { json })
}

describe('recovery codes', () => {
  it('[ASVS 6.5.2] [ASVS 6.5.3] are ten, of 120 random bits, and stored as digests', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    const codes = await makeCodes(app, headers)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes)
      expect(code).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}$/)
    const table = app.description.tables.find(({ name }) => name === 'plinth_recovery_codes')
    const { items } = table ? await app.database.system.list(table) : { items: [] }
    expect(items).toHaveLength(10)
    for (const code of codes) expect(JSON.stringify(items)).not.toContain(code)
    for (const { codeHash } of items as { codeHash: string }[]) {
      expect((await use(app, codeHash)).status).toBe(401)
    }
  })

  it('[ASVS 6.5.1] stand in for the second factor, each once', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    const [first = '', second = ''] = await makeCodes(app, headers)
    const used = await use(app, first)
    expect([used.status, used.json.user.email]).toEqual([200, ADA.email])
    const again = await use(app, first)
    expect([again.status, again.json.code]).toEqual([401, 'wrong_code'])
    expect(visible(await use(app, 'zzzz-zzzz'))).toEqual(visible(again))
    expect((await use(app, second)).status).toBe(200)
    const own = { authorization: `Bearer ${used.json.token}` }
    const left = await app.send('/auth/recovery-codes', { headers: own })
    expect(left.json).toEqual({ left: 8 })
  })

  it('are read as people copy them from paper', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    const [code = ''] = await makeCodes(app, headers)
    const copied = ` ${code.toUpperCase().replaceAll('-', '  ').replaceAll('0', 'O').replace('1', 'l')} `
    expect((await use(app, copied)).status).toBe(200)
  })

  it('[ASVS 6.3.5] [ASVS 6.3.7] tell the owner when they are made and used', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    const [code = ''] = await makeCodes(app, headers)
    await app.idle()
    expect(app.mails.at(-1)?.subject).toBe('Your account: recovery codes made anew')
    await use(app, code)
    await app.idle()
    expect(app.mails.map(({ subject }) => subject)).toContain('Your account: recovery code used')
  })

  it('[ASVS 6.5.6] take the place of those made before', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    const [old = ''] = await makeCodes(app, headers)
    const [fresh = ''] = await makeCodes(app, headers)
    expect((await use(app, old)).status).toBe(401)
    expect((await use(app, fresh)).status).toBe(200)
  })

  it('are asked of nobody who has no other second factor', async () => {
    const app = await open()
    const { headers } = await enter(app)
    expect(await makeCodes(app, headers)).toHaveLength(10)
    expect((await signIn(app)).answer.status).toBe(200)
    await enrol(app)
    const { answer } = await signIn(app)
    expect([answer.status, answer.json.factors]).toEqual([202, ['totp', 'recovery-code']])
  })

  it('[ASVS 7.5.1] take a recent sign-in with the second factor to make', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    app.clock.advance(15 * 60_000)
    const late = await app.send('/auth/recovery-codes', { method: 'POST', headers })
    expect([late.status, late.json.code]).toEqual([401, 'insufficient_authentication'])
  })

  it('step a session up', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    const [code = ''] = await makeCodes(app, headers)
    app.clock.advance(60 * 60_000)
    const json = { code, transport: 'bearer' }
    const stepped = await app.send('/auth/recovery-codes/verify', { json, headers })
    expect(stepped.status).toBe(200)
    const own = { authorization: `Bearer ${stepped.json.token}` }
    expect((await app.send('/auth/totp', { method: 'DELETE', headers: own })).status).toBe(204)
  })

  it('[ASVS 6.6.2] belong to one user', async () => {
    const app = await open()
    const ada = await enrol(app)
    await enrol(app, BOB)
    const [code = ''] = await makeCodes(app, ada.headers)
    expect((await use(app, code, BOB)).status).toBe(401)
    expect((await use(app, code)).status).toBe(200)
  })

  it('[ASVS 6.6.3] share the limit of guesses with the other second factors', async () => {
    const app = await open({ limits: { account: { attempts: 4, window: 60 * 60_000 } } })
    const { headers, secret } = await enrol(app)
    const [code = ''] = await makeCodes(app, headers)
    const pending = await signInHalf(app)
    const statuses: number[] = []
    for (const [path, guess] of [
      ['totp', '000000'],
      ['recovery-codes', 'wrong'],
      ['totp', '000000'],
      ['recovery-codes', 'wrong'],
      ['recovery-codes', code],
      ['totp', codeAt(secret, app.clock.now())],
    ]) {
      const json = { code: guess, pending, transport: 'bearer' }
      statuses.push((await app.send(`/auth/${path}/verify`, { json })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429])
  })

  it('[family 13] [ASVS 15.4.2] let one of fifty uses of a code at once win', async () => {
    const app = await open({ limits: { account: many, address: many } })
    const { headers } = await enrol(app)
    const [code = ''] = await makeCodes(app, headers)
    const halves = await Promise.all(Array.from({ length: 50 }, () => signInHalf(app)))
    const answers = await Promise.all(
      halves.map((pending) =>
        app.send('/auth/recovery-codes/verify', { json: { code, pending, transport: 'bearer' } }),
      ),
    )
    const count = (each: number) => answers.filter(({ status }) => status === each).length
    expect([count(200), count(401)]).toEqual([1, 49])
  })

  it('leave one set when they are made twice at once', async () => {
    const app = await open()
    const { headers } = await enrol(app)
    const sets = await Promise.all(Array.from({ length: 5 }, () => makeCodes(app, headers)))
    const left = await app.send('/auth/recovery-codes', { headers })
    expect(left.json).toEqual({ left: 10 })
    const [last = ''] = sets.at(-1) ?? []
    expect([200, 401]).toContain((await use(app, last)).status)
  })
})
