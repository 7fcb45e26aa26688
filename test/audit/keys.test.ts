import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditKeys } from 'plinth/audit'
import { sqlite } from 'plinth/data/sqlite'
import { generateKey } from 'plinth/kernel'
import { expect, onTestFinished, test } from 'vitest'
import { auditedApp, logOf, orders, patients, tables } from './app.ts'

const [old, young] = [generateKey(), generateKey()]

/** Opens one database again and again, each time with other keys. */
function databaseFor() {
  const directory = mkdtempSync(join(tmpdir(), 'plinth-audit-keys-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'app.db')
  let count = 0
  return async (keys: AuditKeys) => {
    const app = await auditedApp(sqlite(file, tables), { keys })
    count += 1
    await app.database.system.create(orders, { title: `order ${count}`, total: count, note: null })
    const verified = await logOf(app).verify()
    await app.close()
    return verified
  }
}

test('goes on with a new key while the one before is kept', async () => {
  const write = databaseFor()
  await write({ current: '2025', keys: { 2025: old } })
  const both = { 2025: old, 2026: young }
  expect(await write({ current: '2026', keys: both })).toMatchObject({ ok: true, findings: [] })
  expect(await write({ current: '2026', keys: both })).toMatchObject({ ok: true, findings: [] })
})

test('names the key that is missing when the one before is dropped', async () => {
  const write = databaseFor()
  await write({ current: '2025', keys: { 2025: old } })
  await write({ current: '2026', keys: { 2025: old, 2026: young } })
  const { ok, findings } = await write({ current: '2026', keys: { 2026: young } })
  expect(ok).toBe(false)
  expect(JSON.stringify(findings)).toContain('2025')
})

test('finds out that a key of the same name is another', async () => {
  const write = databaseFor()
  await write({ current: '2026', keys: { 2026: old } })
  expect(await write({ current: '2026', keys: { 2026: young } })).toMatchObject({ ok: false })
})

test('keeps personal values where it is told to, and never secret ones', async () => {
  const app = await auditedApp(sqlite(':memory:', tables), { personal: 'keep' })
  const values = { name: 'Eva', pin: '1234', apiToken: 't-1', extra: { password: 'p', n: 1 } }
  const { id } = await app.database.system.create(patients, values)
  const { items } = await logOf(app).search({ row: id })
  expect(items[0]?.after).toMatchObject({
    name: 'Eva',
    pin: '[secret]',
    apiToken: '[secret]',
    extra: { password: '[secret]', n: 1 },
  })
  expect(await logOf(app).verify()).toMatchObject({ ok: true })
})
