import { describe, expect, it } from 'vitest'
import { canMakeClusters, makeCluster } from './cluster.ts'
import { INSERT, idsIn, insert, openNotes, openPostgres, sql } from './support.ts'

describe.skipIf(!canMakeClusters)('a server that is restarted', () => {
  it.each(['fast', 'immediate'] as const)(
    'during load (%s) is used again at once, with no half write',
    async (mode) => {
      const cluster = await makeCluster()
      const driver = await openNotes({ url: cluster.url, max: 8 })
      const acknowledged: string[] = []
      const unknown: string[] = []
      const codes = new Set<unknown>()
      let going = true
      const write = async (writer: number) => {
        for (let n = 0; going; n += 1) {
          const id = `w${writer}-${n}`
          try {
            await driver.transaction(async (connection) => {
              await connection.run(sql(INSERT), [id, 1])
              await connection.run(sql(INSERT), [`${id}-twin`, 1])
            })
            acknowledged.push(id)
          } catch (error) {
            codes.add((error as { code?: unknown }).code)
            if ((error as { details?: object }).details) unknown.push(id)
            // Refused at once while the server is away: gives others a turn.
            await new Promise((resolve) => setTimeout(resolve, 2))
          }
        }
      }
      const writers = Array.from({ length: 16 }, (_, writer) => write(writer))
      await new Promise((resolve) => setTimeout(resolve, 200))
      cluster.stop(mode)
      await new Promise((resolve) => setTimeout(resolve, 100))
      await expect(driver.ping()).rejects.toMatchObject({ code: 'storage_failed', status: 503 })
      cluster.start()
      // The first that asks is served.
      await driver.transaction(insert('back'))
      await new Promise((resolve) => setTimeout(resolve, 100))
      going = false
      await Promise.all(writers)
      expect([...codes]).toEqual(['storage_failed'])
      const stored = new Set(await idsIn(driver))
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
      stored.delete('back')
      for (const id of stored) {
        const whole = String(id).replace(/-twin$/, '')
        expect(stored.has(whole) && stored.has(`${whole}-twin`)).toBe(true)
        expect(acknowledged.includes(whole) || unknown.includes(whole)).toBe(true)
      }
    },
  )

  it('while nobody asked is not noticed', async () => {
    const cluster = await makeCluster()
    const driver = await openNotes({ url: cluster.url })
    await Promise.all([1, 2, 3].map(() => driver.ping()))
    cluster.stop('fast')
    cluster.start()
    await driver.transaction(insert('a'))
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('is told to be full when it has no connection to spare', async () => {
    const cluster = await makeCluster()
    const first = await openPostgres({ url: cluster.url, max: 200, wait: 20_000 })
    const sleeping = Array.from({ length: 120 }, () =>
      first.read(sql('SELECT 1 FROM pg_sleep(0.5)'), []),
    )
    const codes = (await Promise.allSettled(sleeping)).map((one) =>
      one.status === 'fulfilled' ? 'served' : one.reason.code,
    )
    expect(new Set(codes)).toEqual(new Set(['served', 'busy']))
    expect((await first.read(sql('SELECT 1'), [])).rows).toEqual([[1]])
  })
})
