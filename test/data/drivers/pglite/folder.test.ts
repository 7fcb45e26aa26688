import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { id, open, table } from 'plinth/data'
import { pglite } from 'plinth/data/pglite'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { freshPglite } from '../../servers.ts'

const notes = table('notes', { id: id(), title: v.string() })

describe('a folder of PGlite', () => {
  it('keeps what was committed', async () => {
    const folder = await freshPglite()
    const first = await open(pglite(folder, [notes]))
    await first.migrate()
    const { id } = await first.system.create(notes, { title: 'kept' })
    await first.close()
    const second = await open(pglite(folder, [notes]))
    onTestFinished(() => second.close())
    expect(await second.system.get(notes, id)).toMatchObject({ title: 'kept' })
  })

  it('is closed once, and for good', async () => {
    const db = await open(pglite(await freshPglite(), [notes]))
    await Promise.all([db.close(), db.close()])
    await expect(db.ping()).rejects.toMatchObject({ code: 'closed' })
    await expect(db.migrate()).rejects.toMatchObject({ code: 'closed' })
  })

  it('is open once at a time', async () => {
    const folder = await freshPglite()
    const first = await open(pglite(folder, [notes]))
    const again = open(pglite(folder, [notes]))
    await expect(again).rejects.toThrow(/is open in this process; if that is not so, remove .*lock/)
    await first.migrate()
    await first.close()
    expect(existsSync(`${folder}.lock`)).toBe(false)
  })

  it('is refused while another process has it, and free when that has died', async () => {
    const folder = await freshPglite()
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'])
    await once(other, 'spawn')
    writeFileSync(`${folder}.lock`, String(other.pid))
    await expect(open(pglite(folder, [notes]))).rejects.toThrow(`is open in process ${other.pid}`)
    other.kill('SIGKILL')
    await once(other, 'exit')
    await (await open(pglite(folder, [notes]))).close()
  })

  it('must have a folder around it', async () => {
    const folder = join(dirname(await freshPglite()), 'missing', 'pglite')
    await expect(open(pglite(folder, [notes]))).rejects.toMatchObject({
      code: 'misuse',
      message: `pglite(${JSON.stringify(folder)}): its folder ${dirname(folder)} does not exist`,
    })
    expect(existsSync(dirname(folder))).toBe(false)
  })

  it('names the missing package with the command that installs it', async () => {
    vi.doMock('@electric-sql/pglite', () => {
      throw new Error('Cannot find package')
    })
    try {
      const outcome = open(pglite('memory://', [notes]))
      await expect(outcome).rejects.toThrow('npm install @electric-sql/pglite')
    } finally {
      vi.doUnmock('@electric-sql/pglite')
    }
  })
})

describe('PGlite in memory', () => {
  it('is a database of its own at each opening', async () => {
    const both = await Promise.all([1, 2].map(() => open(pglite('memory://', [notes]))))
    for (const db of both) onTestFinished(() => db.close())
    const [one, other] = both
    await one?.migrate()
    await other?.migrate()
    await one?.system.create(notes, { title: 'a' })
    expect(await one?.system.count(notes)).toBe(1)
    expect(await other?.system.count(notes)).toBe(0)
  })

  it('shows readers nothing before the commit', async () => {
    const db = await open(pglite('memory://', [notes]))
    onTestFinished(() => db.close())
    await db.migrate()
    const gate = Promise.withResolvers<void>()
    const doomed = db.system.transaction(async (tx) => {
      await tx.create(notes, { title: 'a' })
      await gate.promise
      throw new Error('no')
    })
    const count = db.system.count(notes)
    gate.resolve()
    await expect(doomed).rejects.toThrow('no')
    expect(await count).toBe(0)
  })
})
