import createClient from 'openapi-fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { paths as FeaturePaths } from './.build/everyFeature.ts'
import type { paths as ShopPaths } from './.build/shop.ts'
import { everyFeature, shop, type Tested } from './apps.ts'

const baseUrl = 'https://app.test'

/** A fetch for one of an app's callers. */
function fetchAs({ callers }: Tested, caller: number): (request: Request) => Promise<Response> {
  return async (request) => {
    const visitor = callers[caller]
    if (!visitor) throw new Error(`There is no caller ${caller}`)
    return visitor.fetch(pathOf(request), await initOf(request))
  }
}

function pathOf({ url }: Request): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

async function initOf(request: Request): Promise<RequestInit> {
  const { method, headers } = request
  const body = await request.arrayBuffer()
  return { method, headers, ...(body.byteLength > 0 && { body }) }
}

describe("openapi-fetch with the shop's generated types", () => {
  let tested: Tested

  beforeAll(async () => {
    tested = await shop()
  })
  afterAll(() => tested.app.close())

  it('places an order', async () => {
    const customer = createClient<ShopPaths>({ baseUrl, fetch: fetchAs(tested, 1) })
    const { data: goods } = await customer.GET('/products', { params: { query: { q: 'fr' } } })
    const { data: addresses } = await customer.GET('/addresses')
    const [product] = goods?.items ?? []
    const [address] = addresses?.items ?? []
    const { data: order, response } = await customer.POST('/orders', {
      params: { header: { 'Idempotency-Key': 'order-one' } },
      body: { address: address?.id ?? '', lines: [{ product: product?.id ?? '', quantity: 1 }] },
    })
    expect(response.status).toBe(201)
    const total: number | undefined = order?.total
    const status: 'placed' | 'paid' | 'packed' | 'shipped' | 'delivered' | 'cancelled' | undefined =
      order?.status
    expect({ total, status }).toEqual({ total: product?.price, status: 'placed' })

    const { data: stored } = await customer.GET('/orders/{id}', {
      params: { path: { id: order?.id ?? '' } },
    })
    expect(stored?.lines[0]?.item?.name).toBe(product?.name)
  })

  it('gives refusals as problems', async () => {
    const nobody = createClient<ShopPaths>({ baseUrl, fetch: fetchAs(tested, 0) })
    const { data, error } = await nobody.GET('/orders')
    expect(data).toBeUndefined()
    const code: string | undefined = error?.code
    expect(code).toBe('unauthenticated')
  })

  it('refuses to compile what the document does not say', () => {
    const client = createClient<ShopPaths>({ baseUrl, fetch: fetchAs(tested, 0) })
    const neverCalled = [
      // @ts-expect-error there is no such path
      () => client.GET('/nothing'),
      // @ts-expect-error an order has lines
      () => client.POST('/orders', { body: { address: 'x' } }),
      // @ts-expect-error a limit is a number
      () => client.GET('/products', { params: { query: { limit: true } } }),
    ]
    expect(neverCalled).toHaveLength(3)
  })
})

describe('openapi-fetch with the types of every feature', () => {
  let tested: Tested

  beforeAll(async () => {
    tested = await everyFeature()
  })
  afterAll(() => tested.app.close())

  it('sends parameters of every kind', async () => {
    const client = createClient<FeaturePaths>({ baseUrl, fetch: fetchAs(tested, 0) })
    const { data } = await client.GET('/measured/{kind}/{count}', {
      params: {
        path: { kind: 'large', count: 3 },
        query: { tag: ['a', 'b'], at: '2026-01-31T09:30:00Z' },
        header: { 'x-mark': 'here' },
      },
    })
    expect(data).toEqual({
      kind: 'large',
      count: 3,
      tags: ['a', 'b'],
      at: '2026-01-31T09:30:00Z',
      mark: 'here',
      theme: null,
    })
  })

  it('creates, changes and deletes a row', async () => {
    const client = createClient<FeaturePaths>({ baseUrl, fetch: fetchAs(tested, 1) })
    const { data: note } = await client.POST('/notes', { body: { title: 'Milk', weight: 1.5 } })
    const path = { id: note?.id ?? '' }
    const { data: changed } = await client.PATCH('/notes/{id}', {
      params: { path },
      body: { stars: 3 },
    })
    expect(changed).toMatchObject({ title: 'Milk', weight: 1.5, stars: 3 })
    const { response } = await client.DELETE('/notes/{id}', { params: { path } })
    expect(response.status).toBe(204)
    const { error } = await client.GET('/notes/{id}', { params: { path } })
    expect(error?.code).toBe('not_found')
  })

  it('gives the refusals that an operation declares', async () => {
    const staff = createClient<FeaturePaths>({ baseUrl, fetch: fetchAs(tested, 2) })
    const { error } = await staff.POST('/close', { body: { kind: 'later', after: 101 } })
    expect(error).toEqual({ reason: 'too late' })
  })
})
