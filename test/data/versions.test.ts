import { id, table, version } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

const text = v.pipe(v.string(), v.maxLength(40))
const pages = table(
  'pages',
  { id: id(), owner: text, title: text, version: version() },
  { policy: { all: (a) => ({ owner: a.id }) } },
)

async function openPages() {
  const db = await openFresh([pages])
  const page = await db.system.create(pages, { owner: 'ann', title: 'a' })
  return { db, id: page.id, page }
}

describe('a version', () => {
  it('begins at 1 and counts every update', async () => {
    const { db, id, page } = await openPages()
    expect(page.version).toBe(1)
    expect(await db.system.update(pages, id, { title: 'b' })).toMatchObject({ version: 2 })
    expect(await db.system.updateMany(pages, {}, { title: 'c' })).toBe(1)
    expect(await db.system.get(pages, id)).toMatchObject({ title: 'c', version: 3 })
    await db.system.update(pages, id, {})
    expect(await db.system.get(pages, id)).toMatchObject({ version: 3 })
  })

  it('lets an update pass that was made from it, and no other', async () => {
    const { db, id } = await openPages()
    const patch = { title: 'b', version: 1 }
    expect(await db.system.update(pages, id, patch)).toMatchObject({ title: 'b', version: 2 })
    await expect(db.system.update(pages, id, patch)).rejects.toMatchObject({
      code: 'version_conflict',
      status: 409,
      details: { expected: 1, actual: 2 },
    })
    await expect(db.system.update(pages, id, { version: 1 })).rejects.toMatchObject({
      code: 'version_conflict',
    })
    expect(await db.system.update(pages, id, { version: 2 })).toMatchObject({ version: 2 })
  })

  it('[ASVS 15.4.2] lets one of many updates from the same version pass', async () => {
    const { db, id } = await openPages()
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        db.system.update(pages, id, { title: String(n), version: 1 }),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('is not told of a row that the actor cannot see', async () => {
    const { db, id } = await openPages()
    expect(await db.as(actor('bob')).update(pages, id, { title: 'x', version: 7 })).toBeNull()
  })

  it.each([0, 1.5, '1', null])('refuses to be %j', async (version) => {
    const { db, id } = await openPages()
    await expect(
      db.system.update(pages, id, { title: 'x', version: version as number }),
    ).rejects.toMatchObject({ code: 'invalid_values' })
  })

  it('is never set, and belongs to the update of one row', async () => {
    const { db } = await openPages()
    const row = { owner: 'ann', title: 'a', version: 5 }
    await expect(db.system.create(pages, row)).rejects.toMatchObject({
      code: 'invalid_values',
      details: { issues: [{ path: 'version', message: 'The value is set by the server.' }] },
    })
    await expect(db.system.updateMany(pages, {}, { title: 'x', version: 1 })).rejects.toMatchObject(
      { code: 'invalid_values' },
    )
  })
})
