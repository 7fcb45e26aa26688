import type { Visitor } from 'plinth/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addresses, orders } from '../../examples/shop/tables.ts'
import { addAddress, customer, openShop, productId, type Shop, send } from './open-shop.ts'

let app: Shop
let ada: Visitor
let good: Record<string, unknown>

beforeAll(async () => {
  app = await openShop()
  ada = await customer(app, 'ada')
  const address = await addAddress(app, ada)
  good = { address, lines: [{ product: await productId(app, 'FL-FRA'), quantity: 1 }] }
})
afterAll(() => app.close())

const JSON_TYPE = { 'content-type': 'application/json' }

/** Sends a body as it is and expects a problem; nothing may be stored. */
async function refused(body: BodyInit, headers: Record<string, string> = JSON_TYPE) {
  const before = await app.database.system.count(orders)
  const response = await ada.fetch('/orders', { method: 'POST', body, headers })
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(await app.database.system.count(orders)).toBe(before)
  const problem = (await response.json()) as {
    status: number
    code: string
    issues?: { path: string }[]
  }
  expect(problem.status).toBe(response.status)
  return {
    status: response.status,
    code: problem.code,
    paths: problem.issues?.map(({ path }) => path),
  }
}

const edited = (edit: Record<string, unknown>) => JSON.stringify({ ...good, ...edit })

test('refuses malformed JSON', async () => {
  for (const body of ['{', '{"address":}', '[1,]', 'nope', '{"a":1}}', "{'a':1}"]) {
    expect(await refused(body)).toMatchObject({ status: 400, code: 'invalid_json' })
  }
})

test('[ASVS 15.3.5] refuses wrong types and names each place', async () => {
  const lines = [{ product: 7, quantity: '1' }]
  expect(await refused(edited({ address: 7, lines }))).toEqual({
    status: 422,
    code: 'invalid_input',
    paths: ['body.address', 'body.lines.0.product', 'body.lines.0.quantity'],
  })
})

test('[ASVS 15.3.3] [family 20] refuses unknown keys in body and query', async () => {
  expect(await refused(edited({ discount: 100 }))).toMatchObject({
    status: 422,
    paths: ['body.discount'],
  })
  const query = await send(ada, '/places?q=sao&color=red')
  expect(query).toMatchObject({ status: 422, body: { issues: [{ path: 'query.color' }] } })
})

test('refuses a body over the limit', async () => {
  const large = edited({ note: 'x'.repeat(2_000_000) })
  expect(await refused(large)).toMatchObject({ status: 413, code: 'body_too_large' })
})

test('refuses a body over the limit that tells no length', async () => {
  const stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('x'.repeat(65_536)))
    },
  })
  const init = { method: 'POST', body: stream, headers: JSON_TYPE, duplex: 'half' }
  const response = await ada.fetch('/orders', init as RequestInit)
  expect(response.status).toBe(413)
})

test('refuses NUL and lone surrogates anywhere', async () => {
  for (const street of ['a\u0000b', 'a\ud800b', '\udc00']) {
    const json = { recipient: 'A', street, postcode: '1', place: good.address }
    const answer = await send(ada, '/addresses', { json })
    expect(answer).toMatchObject({ status: 422, body: { issues: [{ path: 'body.street' }] } })
  }
  expect((await send(ada, '/places?q=a%00b')).status).toBe(422)
  expect(await app.database.system.count(addresses)).toBe(1)
})

test('[family 23] refuses JSON that is 10,000 levels deep', async () => {
  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
  expect(await refused(`{"address":${deep}}`)).toMatchObject({ status: 400 })
})

test('[ASVS 15.3.6] [family 8] refuses keys that would reach a prototype', async () => {
  expect(
    (await refused('{"__proto__":{"admin":true},"address":"x","lines":[]}')).status,
  ).toBeGreaterThanOrEqual(400)
  expect((await refused(edited({ constructor: { prototype: {} } }))).status).toBe(422)
  expect(({} as Record<string, unknown>).admin).toBeUndefined()
  expect((await send(ada, '/places?__proto__=x')).status).toBe(422)
})

test('refuses an unknown content type, and none', async () => {
  const body = JSON.stringify(good)
  for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', '']) {
    expect(await refused(body, { 'content-type': type })).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    })
  }
})

test('answers 405 with what a path allows', async () => {
  const response = await ada.fetch('/orders', { method: 'PUT' })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')?.split(', ').sort()).toEqual([
    'GET',
    'HEAD',
    'OPTIONS',
    'POST',
  ])
})

test('refuses forged and foreign cursors', async () => {
  const bob = await customer(app, 'bob')
  for (let at = 0; at < 3; at += 1) await addAddress(app, bob)
  const { body } = await send<{ next: string }>(bob, '/addresses?limit=1')
  expect(typeof body.next).toBe('string')
  for (const cursor of [body.next, `${body.next.slice(0, -2)}AA`, 'x', 'e30']) {
    const answer = await send(ada, `/addresses?limit=1&cursor=${encodeURIComponent(cursor)}`)
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } })
  }
})
