import { generated, id, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { openFresh } from './fixture.ts'

const people = table('people', {
  id: id(),
  first: v.string(),
  last: v.nullable(v.string()),
  search: generated(v.string(), {
    from: ['first', 'last'],
    value: (row: { first: string; last: string | null }) =>
      `${row.first} ${row.last ?? ''}`.trim().toLowerCase(),
  }),
})

describe('a generated column', () => {
  it('is computed when the row is created', async () => {
    const db = await openFresh([people])
    const ann = await db.system.create(people, { first: 'Ann', last: 'Lee' })
    expect(ann.search).toBe('ann lee')
    expect(await db.system.count(people, { search: { endsWith: 'lee' } })).toBe(1)
  })

  it('follows its sources when one of them changes', async () => {
    const db = await openFresh([people])
    const { id } = await db.system.create(people, { first: 'Ann', last: 'Lee' })
    expect(await db.system.update(people, id, { last: null })).toMatchObject({ search: 'ann' })
    await db.system.updateMany(people, {}, { first: 'Bob' })
    expect(await db.system.get(people, id)).toMatchObject({ search: 'bob' })
  })

  it('is never taken from a caller', async () => {
    const db = await openFresh([people])
    const values = { first: 'Ann', search: 'x' }
    await expect(db.system.create(people, values as never)).rejects.toMatchObject({
      code: 'invalid_values',
      details: { issues: [{ path: 'search' }] },
    })
  })
})
