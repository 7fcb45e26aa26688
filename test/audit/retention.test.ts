import type { Checkpoint } from 'plinth/audit'
import { auditTables, createVerifier, toStoredEntry, verifyLog } from 'plinth/audit'
import { describe, expect, test } from 'vitest'
import { auditedApp, logOf, orders, tables } from './app.ts'
import { databases } from './databases.ts'

const DAY = 24 * 60 * 60_000

describe.each(databases)('retention on $name', ({ source }) => {
  test('removes what is older, and the rest verifies', async () => {
    const published: Checkpoint[] = []
    const publish = (checkpoint: Checkpoint) => void published.push(checkpoint)
    const app = await auditedApp(await source(tables), { publish })
    const log = logOf(app)
    const db = app.database.system
    await db.createMany(orders, [
      { title: 'a', total: 1 },
      { title: 'b', total: 2 },
    ])
    await log.checkpoint()
    await db.create(orders, { title: 'c', total: 3 })
    app.clock.advance(30 * DAY)
    await db.create(orders, { title: 'd', total: 4 })
    const before = new Date(app.clock.now() - DAY)
    // The third order is older as well, but no checkpoint stands behind it.
    expect(await log.cut({ before })).toMatchObject({ removed: 3, upTo: 3 })
    await log.checkpoint()
    expect(await log.verify({ published })).toMatchObject({ ok: true, from: 4, to: 6 })
    expect(await log.cut({ before })).toMatchObject({ removed: 0, marker: undefined })
    const { items } = await log.search({ event: 'audit.cut' })
    expect(items[0]?.details).toMatchObject({ upTo: 3, removed: 3 })
    expect(published.map(({ kind }) => kind)).toContain('cut')
  })

  test('verifies an export by public keys alone', async () => {
    const app = await auditedApp(await source(tables))
    const log = logOf(app)
    await app.database.system.create(orders, {
      title: 'a',
      total: 0.1 + 0.2,
      note: '\u{1F600} "x"',
    })
    const checkpoint = await log.checkpoint()
    const verify = createVerifier(await log.publicKeys())
    const lines: ReturnType<typeof toStoredEntry>[] = []
    for await (const entry of log.export()) {
      lines.push(toStoredEntry(JSON.parse(JSON.stringify(entry))))
    }
    const checkpoints = checkpoint ? [checkpoint] : []
    const verified = (batch: typeof lines) =>
      verifyLog({
        batches: (async function* () {
          yield batch
        })(),
        checkpoints,
        verify,
      })
    expect(await verified(lines)).toMatchObject({ ok: true, entries: 2, signedTo: 2 })
    const [first, second] = lines
    if (!first || !second) throw new Error('too few entries')
    const changed = [first, { ...second, actor: 'eve' }]
    expect((await verified(changed)).findings).toMatchObject([{ seq: 2, place: 'content' }])
  })

  test('refuses to cut away what does not verify', async () => {
    const app = await auditedApp(await source(tables))
    const log = logOf(app)
    await app.database.system.create(orders, { title: 'a', total: 1 })
    await log.checkpoint()
    const [, heads] = auditTables
    if (!heads) throw new Error('no table of heads')
    const [head] = (await app.database.system.list(heads)).items
    await app.database.system.update(heads, String(head?.['id']), { seq: 9 })
    const before = new Date(app.clock.now() + DAY)
    await expect(log.cut({ before })).rejects.toMatchObject({ code: 'audit_cut_refused' })
  })
})
