import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { places } from '../../examples/shop/tables.ts'
import { databases, type FreshDatabase } from './databases.ts'
import { nobody, openShop, type Shop, send } from './open-shop.ts'

interface Page {
  items: { name: string; country: string; population: number }[]
  next: string | null
}

describe.each(databases)('the search of a shop on $name', (database) => {
  let app: Shop
  let fresh: FreshDatabase

  beforeAll(async () => {
    fresh = await database.fresh()
    app = await openShop({ database: fresh.address })
    const rows = Array.from({ length: 250 }, (_, at) => ({
      name: `Santa ${at}`,
      country: at % 2 === 0 ? 'AR' : 'BR',
      population: (at * 37) % 50,
      latitude: 0,
      longitude: 0,
    }))
    await app.database.system.createMany(places, rows)
  })
  afterAll(async () => {
    await app?.close()
    await fresh.drop()
  })

  const find = (query: string) => send<Page>(nobody(app), `/places?${query}`)

  test('finds places whatever the case and accents', async () => {
    for (const q of ['sao', 'S%C3%A3o', 'SAO+PAULO']) {
      expect((await find(`q=${q}`)).body.items.map(({ name }) => name)).toEqual(['São Paulo'])
    }
  })

  test('orders by population and narrows by country', async () => {
    const { body } = await find('q=santa&country=BR&limit=100')
    expect(body.items.every(({ country }) => country === 'BR')).toBe(true)
    const populations = body.items.map(({ population }) => population)
    expect(populations).toEqual([...populations].sort((a, b) => b - a))
  })

  test('walks all pages without a gap or a repeat', async () => {
    const names: string[] = []
    let query = 'q=santa&limit=7'
    for (let page = 0; page < 100; page += 1) {
      const { body } = await find(query)
      names.push(...body.items.map(({ name }) => name))
      if (body.next === null) break
      query = `q=santa&limit=7&cursor=${encodeURIComponent(body.next)}`
    }
    expect(names).toHaveLength(250)
    expect(new Set(names).size).toBe(250)
  })

  test('refuses the cursor of another search', async () => {
    const { body } = await find('q=santa&limit=7')
    const cursor = encodeURIComponent(body.next ?? '')
    for (const query of [
      `q=sao&cursor=${cursor}`,
      `q=santa&country=BR&cursor=${cursor}`,
      'cursor=abc',
      `q=santa&cursor=${cursor}x`,
    ]) {
      expect(await find(query)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } })
    }
  })

  test('treats wildcards as the characters they are', async () => {
    for (const q of ['%25', '_', '*', 's%25']) expect((await find(`q=${q}`)).body.items).toEqual([])
  })
})
