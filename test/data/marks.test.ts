import { users } from 'plinth/auth'
import { column, generated, id, marksOf, open, ref, schema, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { personal, secret } from 'plinth/kernel'
import * as v from 'valibot'
import { expect, test } from 'vitest'

const people = table(
  'people',
  {
    id: column(personal(v.pipe(v.string(), v.length(3))), { primaryKey: true }),
    email: personal(v.pipe(v.string(), v.maxLength(99))),
    pin: v.optional(secret(v.pipe(v.number(), v.integer()))),
    bornOn: v.nullable(personal(v.date())),
    search: generated(personal(v.string()), {
      from: ['email'],
      value: (row: { email: string }) => row.email.slice(0, 2),
    }),
    city: v.string(),
    createdAt: timestamp({ default: 'now' }),
  },
  { unique: [['email']], policy: { all: true } },
)
const visits = table('visits', { id: id(), of: ref(people) })

test('tells the marked columns of a table', () => {
  expect(Object.fromEntries(marksOf(people))).toEqual({
    id: 'personal',
    email: 'personal',
    pin: 'secret',
    bornOn: 'personal',
    search: 'personal',
  })
})

test('takes the mark of a key to references', () => {
  expect(marksOf(visits).get('of')).toBe('personal')
})

test('keeps marks of tables within a schema', () => {
  const linked = schema({ people, visits })
  expect(marksOf(linked.people).get('email')).toBe('personal')
})

test('marks the columns of users', () => {
  expect(Object.fromEntries(marksOf(users))).toMatchObject({ email: 'personal', name: 'personal' })
})

test('stores and reads marked columns as any other', async () => {
  expect(people.columns.pin.kind).toBe('integer')
  expect(people.columns.bornOn).toMatchObject({ kind: 'timestamp', nullable: true })
  expect(people.columns.email.kind).toBe('text')
  const bornOn = new Date(0)
  expect(people.columns.email.nullable).toBe(false)
  const database = await open(sqlite(':memory:', [people, visits]))
  await database.migrate()
  await database.system.create(people, {
    id: 'ada',
    email: 'ada@x.example',
    bornOn,
    city: 'London',
  })
  const row = await database.system.get(people, 'ada')
  expect(row).toMatchObject({ email: 'ada@x.example', pin: null, bornOn, search: 'ad' })
  await database.close()
})
