import { type Handle, id, table } from 'plinth/data'
import { createSignals, type LogRecord } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

const notes = table(
  'notes',
  { id: id(), owner: v.string(), title: v.pipe(v.string(), v.maxLength(100)) },
  { unique: [['title']], policy: { all: (a) => ({ owner: a.id }) } },
)
const ann = actor('ann')

async function titles(handle: Handle): Promise<string[]> {
  return (await handle.list(notes)).items.map(({ title }) => title)
}

const note = (title: string) => ({ owner: 'ann', title })

describe('a transaction', () => {
  it('[ASVS 2.3.3] keeps all of its writes or none', async () => {
    const db = await openFresh([notes])
    const kept = await db.system.transaction(async (tx) => {
      await tx.create(notes, note('a'))
      await tx.create(notes, note('b'))
      return 'kept'
    })
    expect(kept).toBe('kept')
    const failed = db.system.transaction(async (tx) => {
      await tx.create(notes, note('c'))
      await tx.deleteMany(notes, {})
      throw new Error('on purpose')
    })
    await expect(failed).rejects.toThrow('on purpose')
    expect(await titles(db.system)).toEqual(['a', 'b'])
  })

  it('sees its own writes, and nobody else does before the commit', async () => {
    const db = await openFresh([notes])
    await db.as(ann).transaction(async (tx) => {
      const made = await tx.create(notes, note('a'))
      expect(await tx.get(notes, made.id)).toEqual(made)
      expect(await tx.count(notes)).toBe(1)
      expect(await titles(tx)).toEqual(['a'])
      expect(await tx.as(actor('bob')).get(notes, made.id)).toBeNull()
      expect(await tx.system.get(notes, made.id)).toEqual(made)
    })
  })

  it('goes on after a failed statement, without its effects', async () => {
    const db = await openFresh([notes])
    await db.system.transaction(async (tx) => {
      await tx.create(notes, note('a'))
      await expect(tx.create(notes, note('a'))).rejects.toMatchObject({ code: 'conflict' })
      const many = tx.createMany(notes, [note('b'), note('c'), note('a')])
      await expect(many).rejects.toMatchObject({ code: 'conflict' })
      await tx.create(notes, note('d'))
    })
    expect(await titles(db.system)).toEqual(['a', 'd'])
  })

  it('nests, and what is nested is undone alone', async () => {
    const db = await openFresh([notes])
    await db.system.transaction(async (tx) => {
      await tx.create(notes, note('a'))
      const inner = tx.transaction(async (nested) => {
        await nested.create(notes, note('b'))
        await nested.transaction(async (deep) => void (await deep.create(notes, note('c'))))
        throw new Error('inner')
      })
      await expect(inner).rejects.toThrow('inner')
      await tx.transaction(async (nested) => void (await nested.create(notes, note('d'))))
    })
    expect(await titles(db.system)).toEqual(['a', 'd'])
  })

  it('takes many verbs at once', async () => {
    const db = await openFresh([notes])
    const counted = await db.as(ann).transaction(async (tx) => {
      const [made, , count] = await Promise.all([
        tx.createMany(notes, [note('a'), note('b')]),
        tx.create(notes, note('c')),
        tx.count(notes),
        tx.createMany(notes, [note('d'), note('e')]),
        tx.updateMany(notes, { title: 'a' }, { title: 'A' }),
      ])
      expect(made).toHaveLength(2)
      return count
    })
    expect(counted).toBeGreaterThanOrEqual(2)
    expect((await titles(db.system)).toSorted()).toEqual(['A', 'b', 'c', 'd', 'e'])
  })

  it('makes using a handle beside its nested one an error at once', async () => {
    const db = await openFresh([notes])
    await db.system.transaction(async (tx) => {
      const many = tx.createMany(notes, [note('a'), note('b')])
      await tx.transaction(async (nested) => {
        await expect(tx.create(notes, note('x'))).rejects.toMatchObject({ code: 'misuse' })
        await expect(tx.count(notes)).rejects.toMatchObject({ code: 'misuse' })
        await nested.create(notes, note('c'))
      })
      await many
    })
    expect(await titles(db.system)).toEqual(['a', 'b', 'c'])
  })

  it('[ASVS 15.4.3] makes using the outer handle inside it an error at once', async () => {
    const db = await openFresh([notes])
    const outer = [
      () => db.system.create(notes, note('x')),
      () => db.as(ann).get(notes, 'x'),
      () => db.as(ann).list(notes),
      () => db.system.count(notes),
      () => db.system.transaction(async () => {}),
    ]
    await db.system.transaction(async () => {
      for (const use of outer) await expect(use()).rejects.toMatchObject({ code: 'misuse' })
    })
    expect(await titles(db.system)).toEqual([])
  })

  it('makes using its handle afterwards an error', async () => {
    const db = await openFresh([notes])
    let leaked: Handle | undefined
    let nested: Handle | undefined
    await db.as(ann).transaction(async (tx) => {
      leaked = tx
      await tx.transaction(async (inner) => {
        nested = inner
      })
      await expect(nested?.count(notes)).rejects.toMatchObject({ code: 'misuse' })
    })
    const misuse = { code: 'misuse', message: expect.stringContaining('after it had ended') }
    for (const handle of [leaked, leaked?.system, leaked?.as(null), nested]) {
      await expect(handle?.get(notes, 'x')).rejects.toMatchObject(misuse)
      await expect(handle?.create(notes, note('x'))).rejects.toMatchObject(misuse)
      await expect(handle?.transaction(async () => {})).rejects.toMatchObject(misuse)
      expect(() => handle?.afterCommit(() => {})).toThrow(expect.objectContaining(misuse))
    }
  })

  it('[ASVS 15.4.3] is rolled back when it takes too long', async () => {
    const db = await openFresh([notes])
    const slow = db.system.transaction(
      async (tx) => {
        await tx.create(notes, note('a'))
        await new Promise((resolve) => setTimeout(resolve, 200))
        await tx.create(notes, note('b'))
      },
      { timeout: 20 },
    )
    await expect(slow).rejects.toMatchObject({ code: 'transaction_timeout' })
    expect(await titles(db.system)).toEqual([])
  })
})

describe('a hook after the commit', () => {
  it('runs once, after the commit and in order', async () => {
    const db = await openFresh([notes])
    const ran: string[] = []
    await db.system.transaction(async (tx) => {
      tx.afterCommit(() => void ran.push('first'))
      await tx.create(notes, note('a'))
      await tx.transaction(async (nested) => nested.afterCommit(() => void ran.push('nested')))
      tx.as(ann).afterCommit(() => void ran.push('last'))
      expect(ran).toEqual([])
    })
    expect(ran).toEqual(['first', 'nested', 'last'])
  })

  it('is forgotten when its level is rolled back', async () => {
    const db = await openFresh([notes])
    const ran: string[] = []
    const failed = db.system.transaction(async (tx) => {
      tx.afterCommit(() => void ran.push('outer'))
      throw new Error('on purpose')
    })
    await expect(failed).rejects.toThrow()
    await db.system.transaction(async (tx) => {
      const inner = tx.transaction(async (nested) => {
        nested.afterCommit(() => void ran.push('nested'))
        throw new Error('inner')
      })
      await expect(inner).rejects.toThrow()
    })
    expect(ran).toEqual([])
  })

  it('runs at once outside a transaction, and its failure is logged', async () => {
    const signals = createSignals()
    const logs: LogRecord[] = []
    signals.subscribe({ log: (record) => void logs.push(record) })
    const db = await openFresh([notes], { signals })
    const ran: string[] = []
    db.system.afterCommit(() => void ran.push('now'))
    expect(ran).toEqual(['now'])
    const error = new Error('hook')
    db.system.afterCommit(() => {
      throw error
    })
    db.system.afterCommit(async () => {
      throw error
    })
    await new Promise((resolve) => setTimeout(resolve))
    expect(logs.filter((record) => record.error === error)).toHaveLength(2)
  })
})

describe('a scope that is aborted', () => {
  it('ends the work before its next statement', async () => {
    const db = await openFresh([notes])
    const controller = new AbortController()
    const scope = { signal: controller.signal }
    const handle = db.as(ann, scope)
    await handle.create(notes, note('before'))
    const running = db.systemIn(scope).transaction(async (tx) => {
      await tx.create(notes, note('inside'))
      controller.abort(new Error('gone'))
      await tx.create(notes, note('late'))
    })
    const aborted = { code: 'aborted', status: 503 }
    await expect(running).rejects.toMatchObject(aborted)
    await expect(handle.get(notes, 'x')).rejects.toMatchObject(aborted)
    await expect(handle.list(notes)).rejects.toMatchObject(aborted)
    await expect(handle.create(notes, note('after'))).rejects.toMatchObject(aborted)
    await expect(handle.createMany(notes, [note('after')])).rejects.toMatchObject(aborted)
    await expect(handle.transaction(async () => {})).rejects.toMatchObject(aborted)
    expect(await titles(db.system)).toEqual(['before'])
  })
})

describe('a read-only transaction', () => {
  it('reads, and refuses every write at once', async () => {
    const db = await openFresh([notes])
    const { id } = await db.system.create(notes, note('a'))
    const refused = { code: 'misuse', message: expect.stringContaining('read-only') }
    const title = await db.system.transaction(
      async (tx) => {
        const writes = [
          () => tx.create(notes, note('b')),
          () => tx.createMany(notes, [note('b')]),
          () => tx.update(notes, id, { title: 'b' }),
          () => tx.updateMany(notes, {}, { title: 'b' }),
          () => tx.delete(notes, id),
          () => tx.deleteMany(notes, {}),
          () => tx.transaction(async (inner) => inner.delete(notes, id)),
        ]
        for (const write of writes) await expect(write()).rejects.toMatchObject(refused)
        return (await tx.get(notes, id))?.title
      },
      { readOnly: true },
    )
    expect(title).toBe('a')
    expect(await db.system.count(notes)).toBe(1)
    await db.system.update(notes, id, { title: 'c' })
  })

  it('takes only options that it can keep', async () => {
    const db = await openFresh([notes])
    const isolated = db.system.transaction(async () => {}, {
      isolation: 'snapshot' as 'serializable',
    })
    await expect(isolated).rejects.toMatchObject({ code: 'misuse' })
    const nested = db.system.transaction(async (tx) =>
      tx.transaction(async () => {}, { timeout: 5 }),
    )
    await expect(nested).rejects.toMatchObject({ code: 'misuse' })
  })
})

describe('a closed database', () => {
  it('answers every call with closed', async () => {
    const db = await openFresh([notes])
    await db.close()
    const closed = { code: 'closed' }
    await expect(db.system.count(notes)).rejects.toMatchObject(closed)
    await expect(db.system.create(notes, note('a'))).rejects.toMatchObject(closed)
    await expect(db.ping()).rejects.toMatchObject(closed)
    await expect(db.migrate()).rejects.toMatchObject(closed)
    await db.close()
  })
})
