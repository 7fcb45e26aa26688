import { anyone, apiTables, mount, operation } from 'plinth/api'
import { open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { kinds, sample, schemasOf, tellStart } from './routes.ts'

const database = await open(sqlite(':memory:', apiTables))
await database.migrate()

await tellStart(() => {
  const tree = Object.fromEntries(kinds.map((kind) => [`kind${kind}`, operationsOf(kind)]))
  return mount(tree, { database }).fetch
})
await database.close()

function operationsOf(kind: number) {
  const { thing, id, input, patch, query, page } = schemasOf()
  const path = `/kind${kind}`
  return {
    list: operation({
      method: 'GET',
      path,
      query,
      guard: anyone,
      responses: { 200: page },
      handler: () => ({ status: 200, body: { items: [], next: null } }),
    }),
    get: operation({
      method: 'GET',
      path: `${path}/:id`,
      params: id,
      guard: anyone,
      responses: { 200: thing },
      handler: ({ params }) => ({ status: 200, body: { ...sample, id: params.id, tags: ['a'] } }),
    }),
    create: operation({
      method: 'POST',
      path,
      body: input,
      guard: anyone,
      responses: { 201: thing },
      handler: ({ body }) => ({ status: 201, body: { ...body, id: '7' } }),
    }),
    update: operation({
      method: 'PATCH',
      path: `${path}/:id`,
      params: id,
      body: patch,
      guard: anyone,
      responses: { 200: thing },
      handler: ({ params }) => ({ status: 200, body: { ...sample, id: params.id, tags: ['a'] } }),
    }),
    remove: operation({
      method: 'DELETE',
      path: `${path}/:id`,
      params: id,
      guard: anyone,
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    }),
  }
}
