import { sValidator } from '@hono/standard-validator'
import { Hono } from 'hono'
import { kinds, sample, schemasOf, tellStart } from './routes.ts'

await tellStart(() => {
  const app = new Hono()
  for (const kind of kinds) {
    const { id, input, patch, query } = schemasOf()
    const path = `/kind${kind}`
    app.get(path, sValidator('query', query), (c) => c.json({ items: [], next: null }))
    app.get(`${path}/:id`, sValidator('param', id), (c) =>
      c.json({ ...sample, id: c.req.valid('param').id }),
    )
    app.post(path, sValidator('json', input), (c) =>
      c.json({ ...c.req.valid('json'), id: '7' }, 201),
    )
    app.patch(`${path}/:id`, sValidator('param', id), sValidator('json', patch), (c) =>
      c.json({ ...sample, id: c.req.valid('param').id }),
    )
    app.delete(`${path}/:id`, sValidator('param', id), (c) => c.body(null, 204))
  }
  return (request) => app.fetch(request)
})
