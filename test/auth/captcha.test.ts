import { auth, password, siteverify, turnstile } from 'plinth/auth'
import { Secret } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { ADA, openApp, signIn } from './app.ts'

/** A service that takes one token for a person's, and notes what it is asked. */
function service(answer: () => Response | Promise<Response>) {
  const asked: { url: string; body: string }[] = []
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    asked.push({ url: String(url), body: String(init?.body) })
    return answer()
  }
  return { asked, fetch: fetch as typeof globalThis.fetch }
}

const signUp = async (captcha: ReturnType<typeof siteverify>, token?: string) => {
  const app = await openApp({ captcha })
  const headers = token === undefined ? {} : { 'captcha-token': token }
  const answer = await app.send('/auth/sign-up', { json: ADA, headers })
  return { app, answer, told: [answer.status, answer.json.code ?? answer.json.status] }
}

describe('a CAPTCHA', () => {
  it('[ASVS 2.4.1] lets people sign up, by the token of its widget', async () => {
    const { asked, fetch } = service(() => Response.json({ success: true }))
    const { told, app } = await signUp(turnstile({ secret: new Secret('s3cret'), fetch }), 'tok&en')
    expect(told).toEqual([202, 'accepted'])
    expect(asked).toEqual([
      {
        url: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
        body: 'secret=s3cret&response=tok%26en&remoteip=203.0.113.7',
      },
    ])
    expect((await signIn(app)).answer.status).toBe(200)
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['no', () => Response.json({ success: false })],
    ['something else', () => Response.json({ success: 'true' })],
    ['nothing', () => Response.json(null)],
  ])('refuses whom its service answers %s', async (_, answer) => {
    const { fetch } = service(answer)
    const { told } = await signUp(
      siteverify({ url: 'https://c.test/', secret: 's', fetch }),
      'token',
    )
    expect(told).toEqual([403, 'captcha_failed'])
  })

  it.each([
    ['no token', undefined],
    ['an empty token', ''],
    ['a huge token', 'x'.repeat(4097)],
  ])('refuses %s without asking', async (_, token) => {
    const { asked, fetch } = service(() => Response.json({ success: true }))
    const { told } = await signUp(turnstile({ secret: 's', fetch }), token)
    expect([told, asked]).toEqual([[403, 'captcha_failed'], []])
  })

  it.each([
    ['fails', () => new Response('', { status: 500 })],
    ['answers no JSON', () => new Response('<html>')],
    ['cannot be reached', () => Promise.reject(new TypeError('no'))],
  ])('lets nobody pass while its service %s', async (_, answer) => {
    const { fetch } = service(answer)
    const { told } = await signUp(turnstile({ secret: 's', fetch }), 'token')
    expect(told).toEqual([503, 'captcha_unavailable'])
  })

  it('is asked about nobody beyond the limit', async () => {
    const { asked, fetch } = service(() => Response.json({ success: false }))
    const app = await openApp({
      captcha: turnstile({ secret: 's', fetch }),
      limits: { address: { attempts: 2, window: 60_000 } },
    })
    const headers = { 'captcha-token': 'token' }
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) {
      const json = { ...ADA, email: `user${count}@example.com` }
      statuses.push((await app.send('/auth/sign-up', { json, headers })).status)
    }
    expect([statuses, asked.length]).toEqual([[403, 403, 429, 429], 2])
  })

  it.each([
    ['no secret', () => turnstile({ secret: '' }), /siteverify\(\)\.secret: is missing/],
    ['an insecure address', () => siteverify({ url: 'http://c.test', secret: 's' }), /https/],
    ['unknown options', () => turnstile({ secret: 's', url: 'x' } as never), /"url" is unknown/],
  ])('does not start with %s', (_, captcha, message) => {
    expect(() => auth({ factors: [password()], captcha: captcha() })).toThrow(message)
  })
})
