import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { auth, openAuth } from 'plinth/auth'
import { oidc } from 'plinth/auth/oauth'
import { open } from 'plinth/data'
import { createApp } from 'plinth/http'
import { serve } from 'plinth/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freshSource } from '../../data/fixture.ts'
import { CLIENT } from './fake-provider.ts'
import { openRealProvider } from './real-provider.ts'

/** A back end served on loopback, with a real provider. */
async function openServed(client: object = {}, options: object = {}) {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const { issuer } = await openRealProvider([`${origin}/auth/oauth/corp/callback`], client)
  const corp = oidc({ name: 'corp', issuer, ...CLIENT, ...options })
  const description = auth({ origin, factors: [corp] })
  const database = await open(await freshSource([]), { tables: description.tables })
  await database.migrate()
  const { operations, authenticate } = openAuth(description, { database })
  const app = createApp({ operations: { auth: operations }, authenticate })
  const server = await serve(app, {
    port,
    hostname: '127.0.0.1',
    signals: false,
    onListen: () => {},
  })
  onTestFinished(async () => {
    await server.close()
    await database.close()
  })
  return { origin, issuer }
}

/** A client that keeps the cookies of each origin and goes where it is led. */
function openClient() {
  const jars = new Map<string, Map<string, string>>()
  const visited: string[] = []
  async function send(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url)
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    visited.push(url)
    const headers = new Headers(init.headers)
    headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    headers.set('sec-fetch-site', 'same-origin')
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  return {
    jars,
    visited,
    send,
    /** Follows redirects up to the first place that is not one of them. */
    async walk(url: string): Promise<{ url: string; response: Response }> {
      let response = await send(url)
      let at = url
      for (let steps = 0; steps < 12; steps++) {
        const location = response.headers.get('location')
        if (location === null) break
        at = new URL(location, at).href
        if (/\/(?:\?|$)/.test(new URL(at).pathname)) break
        response = await send(at)
      }
      return { url: at, response }
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function begin({ origin }: { origin: string }, client: ReturnType<typeof openClient>) {
  const response = await client.send(`${origin}/auth/oauth/corp/start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  const { url } = (await response.json()) as { url: string }
  return url
}

describe('a real provider', () => {
  // The provider lists both; which of them a client has to use is between it and the client.
  it.each([
    ['header', {}, {}],
    ['body', { token_endpoint_auth_method: 'client_secret_post' }, { clientAuth: 'post' }],
  ])('signs in by the whole code flow, with a secret in the %s', async (_, client, options) => {
    const served = await openServed(client, options)
    const browser = openClient()
    const { url } = await browser.walk(await begin(served, browser))
    expect(url).toBe(`${served.origin}/`)
    const session = await browser.send(`${served.origin}/auth/session`)
    expect(session.status).toBe(200)
    expect(await session.json()).toMatchObject({ user: { email: 'ada@example.com', name: 'Ada' } })
  })

  it('signs in a client without a secret', async () => {
    const served = await openServed(
      { token_endpoint_auth_method: 'none', client_secret: undefined },
      { clientSecret: undefined },
    )
    const browser = openClient()
    const { url } = await browser.walk(await begin(served, browser))
    expect(url).toBe(`${served.origin}/`)
  })

  it('takes nothing for a code that was used', async () => {
    const served = await openServed()
    const browser = openClient()
    await browser.walk(await begin(served, browser))
    const callback = browser.visited.find((each) => each.includes('/callback?')) ?? ''
    const { url } = await browser.walk(callback)
    expect(url).toContain('/sign-in?error=invalid_token')
  })
})
