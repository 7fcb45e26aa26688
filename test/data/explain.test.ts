import { column, id, many, ref, schema, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

const text = v.pipe(v.string(), v.maxLength(50))
const boardsTable = table(
  'boards',
  { id: id(), title: text, secret: text, org: text },
  { fields: { secret: { read: (a) => a.roles.includes('owner') } } },
)
const membersTable = table('members', {
  id: id(),
  board: ref(boardsTable),
  user: column(text),
  org: text,
})
const { boards, members } = schema(
  { boards: boardsTable, members: membersTable },
  {
    relations: { boards: { members: many('members', 'board') } },
    policies: {
      boards: {
        read: (a) => ({ members: { some: { user: a.id } } }),
        update: (a) => a.roles.includes('owner'),
        create: true,
      },
    },
    restrict: () => ({ org: 'o1' }),
  },
)

describe('an explanation', () => {
  it('says which rules apply to a read, in words and SQL', async () => {
    const db = await openFresh([boards, members])
    const ann = actor('ann')
    const where = { title: { startsWith: 'A' } }
    const { words, rules, sql, params } = db.explain(ann, boards, { where, limit: 3 })
    expect(rules).toMatchObject([
      {
        place: 'table("boards") policy.read',
        allows: 'some',
        filter: { members: { some: { user: 'ann' } } },
        words: 'some members as members (user = "ann")',
      },
      { place: 'table("boards") restrict', allows: 'some', words: 'org = "o1"' },
      { place: 'table("boards") fields.secret.read', allows: 'none', filter: undefined },
    ])
    expect(words).toContain('The actor is ann, without roles.')
    expect(words).toContain('So these rows of boards are found: ')
    expect(words).toContain('title starts with "A"')
    expect(sql).toMatch(/^SELECT .+ \(EXISTS \(SELECT 1 FROM .+ LIMIT /)
    expect(params).toContain('ann')
  })

  it('tells what a write would reach, and that it reaches nothing', async () => {
    const db = await openFresh([boards, members])
    const denied = db.explain(actor('ann'), boards, { operation: 'update' })
    expect(denied.words).toMatch(/So it is denied\.$/)
    expect(denied).toMatchObject({ sql: '', params: [] })
    const owner = db.explain(actor('ann', 'owner'), boards, { operation: 'update' })
    expect(owner.rules.map(({ place, allows }) => `${place} ${allows}`)).toEqual([
      'table("boards") policy.read some',
      'table("boards") policy.update all',
      'table("boards") restrict some',
      'table("boards") fields.secret.read all',
    ])
    expect(owner.words).toContain('So these rows of boards are reached: ')
  })

  it('knows that nobody passes a function', async () => {
    const db = await openFresh([boards, members])
    const { words, sql } = db.explain(null, boards)
    expect(words).toContain('Nobody is signed in: rules that are functions deny.')
    expect(words).toMatch(/So nothing is found\.$/)
    expect(sql).toBe('')
  })

  it('runs nothing, and nothing that means nothing', async () => {
    const db = await openFresh([boards, members])
    const ask = (query: object) => () => db.explain(actor('ann'), boards, query)
    expect(ask({ operation: 'all' })).toThrow('operation: Expected read, create, update or delete.')
    expect(ask({ were: {} })).toThrow('were: Unknown key')
    expect(ask({ where: { nope: 1 } })).toThrow('nope: Unknown column.')
    expect(ask({ where: { secret: 'x' } })).toThrow('You may not use secret of boards.')
  })
})
