import type { SqlConnection } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { deferred, INSERT, idsIn, openNotes, sql, turn } from './support.ts'

const insert = (id: string) => (connection: SqlConnection) => connection.run(sql(INSERT), [id, 1])

describe('a transaction that takes too long', () => {
  it('is told that the writer was busy when it never began', async () => {
    const driver = await openNotes()
    const gate = deferred()
    const holder = driver.transaction(() => gate.promise)
    await turn(3)
    let began = false
    const work = () => {
      began = true
    }
    const waiting = driver.transaction(work, { timeout: 30 })
    await expect(waiting).rejects.toMatchObject({
      code: 'busy',
      status: 503,
      headers: { 'Retry-After': '1' },
    })
    gate.resolve()
    await holder
    await driver.transaction(insert('a'))
    expect(began).toBe(false)
  })
})

describe('an aborted transaction', () => {
  it('is not begun when aborted before or while it waits', async () => {
    const driver = await openNotes()
    let began = 0
    const work = () => {
      began += 1
    }
    const before = driver.transaction(work, { signal: AbortSignal.abort() })
    await expect(before).rejects.toMatchObject({ code: 'aborted' })
    const controller = new AbortController()
    const waiting = driver.transaction(work, { signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    const other = new AbortController()
    const first = driver.transaction(async () => other.abort())
    const second = driver.transaction(work, { signal: other.signal })
    await expect(second).rejects.toMatchObject({ code: 'aborted' })
    await first
    expect(began).toBe(0)
  })

  it('is answered at once, whatever the rest of its commit waits for', async () => {
    const driver = await openNotes()
    const controller = new AbortController()
    const gate = deferred()
    const work = async () => controller.abort()
    const aborted = driver.transaction(work, { signal: controller.signal })
    const mate = driver.transaction(() => gate.promise)
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    gate.resolve()
    await mate
  })

  it('keeps its result when aborted after its function settled', async () => {
    const driver = await openNotes()
    const controller = new AbortController()
    const gate = deferred()
    const first = driver.transaction(insert('a'), { signal: controller.signal })
    const mate = driver.transaction(() => gate.promise)
    await turn(3)
    controller.abort()
    gate.resolve()
    await Promise.all([first, mate])
    expect(await idsIn(driver)).toEqual(['a'])
  })
})
