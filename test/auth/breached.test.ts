import { createHash } from 'node:crypto'
import { password, pwnedPasswords } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, enter, linkedToken, ORIGIN, openApp, signIn } from './app.ts'

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()

/** A range service that knows one password, and notes what it is asked. */
function rangeService(known: string, { status = 200 } = {}) {
  const asked: { url: string; headers: Headers }[] = []
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    asked.push({ url: String(url), headers: new Headers(init?.headers) })
    const lines = [`${'0'.repeat(35)}:4`, `${sha1(known).slice(5)}:7`, `${'F'.repeat(35)}:0`]
    return new Response(lines.join('\r\n'), { status })
  }
  return { asked, fetch: fetch as typeof globalThis.fetch }
}

const LEAKED = 'a leaked sentence of many'

describe('breached passwords', () => {
  it('[ASVS 6.2.12] are refused at sign-up, change and reset', async () => {
    const { fetch } = rangeService(LEAKED)
    const breached = pwnedPasswords({ fetch })
    const app = await openApp({
      mailing: true,
      origin: ORIGIN,
      factors: [password({ breached })],
    })
    const refusal = [
      { path: 'body.password', message: 'This password is known from a data breach.' },
    ]
    const json = { email: 'bob@example.com', password: LEAKED }
    const signedUp = await app.send('/auth/sign-up', { json })
    expect([signedUp.status, signedUp.json.issues]).toEqual([422, refusal])
    const { headers } = await enter(app)
    const change = { current: ADA.password, password: LEAKED }
    const changed = await app.send('/auth/password', { json: change, headers })
    expect([changed.status, changed.json.issues]).toEqual([422, refusal])
    await app.send('/auth/reset', { json: { email: ADA.email } })
    const reset = { token: await linkedToken(app, ADA.email), password: LEAKED }
    const confirmed = await app.send('/auth/reset/confirm', { json: reset })
    expect([confirmed.status, confirmed.json.issues]).toEqual([422, refusal])
    const other = { ...reset, password: 'a wholly new sentence' }
    expect((await app.send('/auth/reset/confirm', { json: other })).status).toBe(200)
  })

  it('are looked up by five digits of the digest, with padding', async () => {
    const { asked, fetch } = rangeService(LEAKED)
    const app = await openApp({ factors: [password({ breached: pwnedPasswords({ fetch }) })] })
    await app.send('/auth/sign-up', { json: ADA })
    const [{ url, headers } = { url: '', headers: new Headers() }] = asked
    const prefix = sha1(ADA.password).slice(0, 5)
    expect(url).toBe(`https://api.pwnedpasswords.com/range/${prefix}`)
    expect(headers.get('add-padding')).toBe('true')
    await signIn(app)
    expect(asked).toHaveLength(1)
  })

  it('do not count when they are padding', async () => {
    const fetch = async () => new Response(`${sha1(ADA.password).slice(5)}:0\r\n`)
    const app = await openApp({ factors: [password({ breached: pwnedPasswords({ fetch }) })] })
    expect((await app.send('/auth/sign-up', { json: ADA })).status).toBe(202)
  })

  it.each([
    [
      'answers with an error',
      () => pwnedPasswords({ fetch: rangeService('', { status: 503 }).fetch }),
    ],
    [
      'cannot be reached',
      () => pwnedPasswords({ fetch: () => Promise.reject(new TypeError('no')) }),
    ],
    [
      'fails at once',
      () => () => {
        throw new Error('no')
      },
    ],
    ['never answers', () => () => new Promise<boolean>(() => {})],
  ])('[ASVS 16.5.2] pass, with a line in the log, when the service %s', async (_, breached) => {
    const app = await openApp({ factors: [password({ breached: breached() })] })
    expect((await app.send('/auth/sign-up', { json: ADA })).status).toBe(202)
    expect(
      app.recorder.logs.find(({ event }) => event === 'auth.breach_check_failed'),
    ).toMatchObject({
      level: 'warn',
    })
    expect(JSON.stringify(app.recorder.logs)).not.toContain(ADA.password)
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('are not looked up for attempts beyond the limit', async () => {
    const { asked, fetch } = rangeService(LEAKED)
    const app = await openApp({
      factors: [password({ breached: pwnedPasswords({ fetch }) })],
      limits: { address: { attempts: 3, window: 60_000 } },
    })
    for (let count = 0; count < 6; count++) {
      await app.send('/auth/sign-up', { json: { ...ADA, email: `user${count}@example.com` } })
    }
    expect(asked).toHaveLength(3)
  })

  it.each([
    [
      'a list',
      () => password({ breached: ['a'] as never }),
      /password\(\)\.breached: is .+; expected a function/,
    ],
    [
      'an insecure service',
      () => pwnedPasswords({ url: 'http://range.test/' }),
      /expected an https/,
    ],
    ['unknown options', () => pwnedPasswords({ key: 'x' } as never), /option "key" is unknown/],
  ])('are not looked up by %s', (_, make, message) => {
    expect(make).toThrow(message)
  })
})
