import { anyone, createApp, defineOperation } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'

const OWN = 'https://shop.example'
const ADMIN = 'https://admin.shop.example'
const define = defineOperation()
const operations = {
  get: define({
    method: 'GET',
    path: '/things',
    guard: anyone,
    responses: { 200: v.object({ ok: v.boolean() }) },
    handler: () => ({
      status: 200,
      headers: { 'x-total': '1', 'set-cookie': 'a=1', vary: 'accept' },
      body: { ok: true },
    }),
  }),
  create: define({
    method: 'POST',
    path: '/things',
    guard: anyone,
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  }),
}
const app = createApp({ operations, trustedOrigins: [ADMIN] })

async function ask(method: string, headers: Record<string, string>, path = '/things', to = app) {
  const response = await to.fetch(new Request(OWN + path, { method, headers }))
  const shared = [...response.headers].filter(([name]) => name.startsWith('access-control-'))
  return { status: response.status, headers: response.headers, shared: Object.fromEntries(shared) }
}

describe('an app that trusts another origin', () => {
  it('lets its scripts read answers and their headers, but no cookie', async () => {
    const { shared } = await ask('GET', { origin: ADMIN, cookie: 'a=1' })
    expect(shared).toMatchObject({
      'access-control-allow-origin': ADMIN,
      'access-control-allow-credentials': 'true',
    })
    const exposed = shared['access-control-expose-headers']?.split(', ')
    expect(exposed).toContain('x-total')
    expect(exposed).not.toContain('set-cookie')
  })

  it('lets its scripts read refusals', async () => {
    const { status, shared } = await ask('GET', { origin: ADMIN }, '/nowhere')
    expect([status, shared['access-control-allow-origin']]).toEqual([404, ADMIN])
  })

  it('answers what a browser asks before it sends', async () => {
    const { status, shared } = await ask('OPTIONS', {
      origin: ADMIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    })
    expect(status).toBe(204)
    expect(shared).toMatchObject({
      'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '600',
    })
    expect((await ask('POST', { origin: ADMIN, cookie: 'a=1' })).status).toBe(204)
  })

  it('names no headers that are no list of names', async () => {
    const { shared } = await ask('OPTIONS', {
      origin: ADMIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'a b: c',
    })
    expect(shared).not.toHaveProperty('access-control-allow-headers')
  })

  it.each([
    'https://evil.example',
    'http://admin.shop.example',
    'https://admin.shop.example.evil.example',
    'https://admin.shop.example:8443',
    'https://ADMIN.shop.example',
    'null',
    '*',
  ])('[ASVS 3.4.2] shares nothing with %s', async (origin) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      expect((await ask(method, { origin, cookie: 'a=1' })).shared).toEqual({})
    }
  })

  it('tells caches that answers differ by origin', async () => {
    expect((await ask('GET', {})).headers.get('vary')).toBe('accept, origin')
    expect((await ask('POST', { origin: ADMIN })).headers.get('vary')).toBe('origin')
  })

  it('leaves answers alone that say themselves with whom they are shared', async () => {
    const fallback = () => new Response('', { headers: { 'access-control-allow-origin': '*' } })
    const open = createApp({ operations, trustedOrigins: [ADMIN], fallback })
    const { shared } = await ask('GET', { origin: ADMIN }, '/elsewhere', open)
    expect(shared).toEqual({ 'access-control-allow-origin': '*' })
  })
})

it('shares with nobody when no origin is trusted', async () => {
  const alone = createApp({ operations })
  const { shared, headers } = await ask('GET', { origin: ADMIN }, '/things', alone)
  expect([shared, headers.get('vary')]).toEqual([{}, 'accept'])
})

it('refuses one origin without a list', () => {
  expect(() => createApp({ operations, trustedOrigins: ADMIN as never })).toThrow(
    'trustedOrigins: expected a list of origins',
  )
})
