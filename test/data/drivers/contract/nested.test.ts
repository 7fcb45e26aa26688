import type { SqlConnection } from 'plinth/data/sqlite'
import { createSignals, type LogRecord } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { deferred, IDS, idsIn, insert, openNotes, PATIENT, sql, turn } from './support.ts'

describe('nested transactions', () => {
  it('roll back alone when they throw', async () => {
    const driver = await openNotes()
    await driver.transaction(async (outer) => {
      await insert('a')(outer)
      const failing = outer.savepoint(async (inner) => {
        await insert('b')(inner)
        await inner.savepoint(insert('lost'))
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await outer.savepoint((inner) => inner.savepoint(insert('c')))
    })
    expect(await idsIn(driver)).toEqual(['a', 'c'])
  })

  it('undo failed statements at every depth', async () => {
    const driver = await openNotes()
    await driver.transaction(insert('taken'))
    const fail = (connection: SqlConnection) =>
      expect(insert('taken')(connection)).rejects.toMatchObject({ code: 'conflict' })
    await driver.transaction(async (outer) => {
      await outer.savepoint(async (inner) => {
        await fail(inner)
        await insert('a')(inner)
        await fail(inner)
      })
      await fail(outer)
      await outer.savepoint(async () => undefined)
      await outer.savepoint(async (inner) => {
        await insert('b')(inner)
        const failing = inner.savepoint(async (innermost) => {
          await insert('lost')(innermost)
          await fail(innermost)
          throw new Error('no')
        })
        await failing.catch(() => undefined)
        await fail(inner)
      })
      await insert('c')(outer)
      await fail(outer)
    })
    expect(await idsIn(driver)).toEqual(['a', 'b', 'c', 'taken'])
  })

  it('fall with the outer one', async () => {
    const driver = await openNotes()
    const outcome = driver.transaction(async (outer) => {
      await outer.savepoint(insert('a'))
      throw new Error('no')
    })
    await expect(outcome).rejects.toThrow('no')
    expect(await idsIn(driver)).toEqual([])
  })

  it('refuse use of the outer handle meanwhile', async () => {
    const driver = await openNotes()
    await driver.transaction(async (outer) => {
      await outer.savepoint(async () => {
        expect(() => outer.run(sql(IDS), [])).toThrow('a nested one is running')
        expect(() => outer.afterCommit(() => undefined)).toThrow('a nested one is running')
        await expect(outer.savepoint(async () => 1)).rejects.toMatchObject({ code: 'misuse' })
      })
      await insert('a')(outer)
    })
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('refuse a second one at the same time', async () => {
    const driver = await openNotes()
    const outcome = driver.transaction((outer) =>
      Promise.all([
        outer.savepoint(async (inner) => {
          await turn()
          await insert('a')(inner)
        }),
        outer.savepoint(insert('b')),
      ]),
    )
    await expect(outcome).rejects.toMatchObject({ code: 'misuse' })
    await turn(3)
    await driver.transaction(insert('c'))
    expect(await idsIn(driver)).toEqual(['c'])
  })

  it('undo everything when they were not awaited', async () => {
    const driver = await openNotes()
    const gate = deferred()
    let late: Promise<unknown> | undefined
    const outcome = driver.transaction(async (outer) => {
      await insert('a')(outer)
      late = outer.savepoint(async (inner) => {
        await insert('b')(inner)
        await gate.promise
        await insert('c')(inner)
      })
      // It may fail before anybody looks at it.
      late.catch(() => undefined)
    })
    await expect(outcome).rejects.toMatchObject({ code: 'misuse' })
    await driver.transaction(async (connection) => {
      await insert('d')(connection)
      gate.resolve()
      await expect(late).rejects.toMatchObject({ code: 'misuse' })
    })
    expect(await idsIn(driver)).toEqual(['d'])
  })
})

describe('after-commit hooks', () => {
  it('run once, in order, when the rows are readable', async () => {
    const driver = await openNotes()
    const seen: unknown[] = []
    const last = deferred()
    await driver.transaction(async (outer) => {
      outer.afterCommit(async () => void seen.push(['first', await idsIn(driver)]))
      await outer.savepoint(async (inner) => {
        inner.afterCommit(async () => {
          seen.push(['second', await idsIn(driver)])
          last.resolve()
        })
      })
      await insert('a')(outer)
      expect(seen).toEqual([])
    })
    await last.promise
    expect(seen.sort()).toEqual([
      ['first', ['a']],
      ['second', ['a']],
    ])
  })

  it('are forgotten with the level that rolls back', async () => {
    const driver = await openNotes()
    const seen: string[] = []
    await driver.transaction(async (outer) => {
      outer.afterCommit(() => void seen.push('kept'))
      const inner = outer.savepoint(async (nested) => {
        nested.afterCommit(() => void seen.push('dropped'))
        throw new Error('no')
      })
      await expect(inner).rejects.toThrow('no')
    })
    const failed = driver.transaction(async (connection) => {
      connection.afterCommit(() => void seen.push('dropped'))
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await turn()
    expect(seen).toEqual(['kept'])
  })

  it('that throw are logged and harm nobody', async () => {
    const signals = createSignals()
    const logs: LogRecord[] = []
    signals.subscribe({ log: (record) => void logs.push(record) })
    const driver = await openNotes({ signals })
    const seen: string[] = []
    const outcome = driver.transaction(async (connection) => {
      connection.afterCommit(() => {
        throw new Error('at once')
      })
      connection.afterCommit(async () => {
        throw new Error('later')
      })
      connection.afterCommit(() => void seen.push('ran'))
      return 'committed'
    })
    expect(await outcome).toBe('committed')
    await turn()
    expect(seen).toEqual(['ran'])
    expect(logs.map(({ event }) => event)).toEqual(['data.hook_failed', 'data.hook_failed'])
    expect(logs.map(({ error }) => (error as Error).message).sort()).toEqual(['at once', 'later'])
  })

  it('may begin transactions of their own', async () => {
    const driver = await openNotes()
    const written = deferred()
    await driver.transaction((connection) => {
      connection.afterCommit(async () => {
        await driver.transaction(insert('b'), PATIENT)
        written.resolve()
      })
      return insert('a')(connection)
    })
    await written.promise
    expect(await idsIn(driver)).toEqual(['a', 'b'])
  })
})
