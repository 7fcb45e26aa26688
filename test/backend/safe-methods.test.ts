import { type Backend, backend } from 'plinth'
import { resource } from 'plinth/api'
import { auth, password, users } from 'plinth/auth'
import { id, ref, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { createFakeClock, createVisitor, signIn } from 'plinth/testing'
import * as v from 'valibot'
import { expect, it, onTestFinished } from 'vitest'

const notes = table(
  'notes',
  {
    id: id(),
    owner: ref(users, { default: 'actor' }),
    title: v.string(),
    changedAt: timestamp({ default: 'now', onUpdate: 'now' }),
  },
  { policy: { all: (actor) => ({ owner: actor.id }) } },
)
const everything = { create: 9, update: 9, delete: 9 }

async function open(): Promise<Backend> {
  const app = await backend({
    data: sqlite(':memory:', [notes]),
    auth: auth({ factors: [password()] }),
    api: { notes: resource(notes, { idempotent: true, bulk: everything }) },
    monitor: { logs: false },
    clock: createFakeClock(),
  })
  onTestFinished(() => app.close())
  return app
}

/** All rows of all tables, those of auth and of the API included. */
async function rowsOf({ database }: Backend): Promise<unknown> {
  const lists = database.tables.map((each) => database.system.list(each))
  return (await Promise.all(lists)).map(({ items }) => items)
}

it('[ASVS 3.5.3] safe methods change nothing at any path of a back end', async () => {
  const app = await open()
  const ada = await signIn(app, { email: 'ada@example.com', password: 'a long enough one' })
  const created = await ada.fetch('/notes', { json: { title: 'Milk' } })
  const note: { id: string } = await created.json()
  const paths = [
    ...Object.keys(Object((await app.openapi()).paths)),
    '/openapi.json',
    '/operations.json',
    '/reference',
  ]
  expect(paths).toEqual(expect.arrayContaining(['/notes', '/notes/{id}', '/auth/sign-in']))
  const before = await rowsOf(app)
  for (const template of paths) {
    const path = template.replace(/\{\w+\}/g, note.id)
    for (const visitor of [ada, createVisitor(app)]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        for (const query of ['', '?id=1', '?_method=DELETE', `?title=x&id=${note.id}`]) {
          const headers = { 'x-http-method-override': 'DELETE', 'idempotency-key': 'a'.repeat(20) }
          const { status } = await visitor.fetch(path + query, { method, headers })
          expect(status, `${method} ${path}`).toBeLessThan(500)
        }
      }
    }
  }
  expect(await rowsOf(app)).toEqual(before)
})
