import {
  fieldOf,
  lines,
  newThing,
  type RoutesSide,
  rowFunction,
  sharedSchemas,
  things,
  typeName,
  valibotSchemas,
} from './routes.ts'

/** One client of the whole app, which the sub-apps are mounted in one after the other. */
export const hono: RoutesSide = {
  ...side(
    lines(
      "import { hc } from 'hono/client'",
      "import type { App } from './app.ts'",
      "const api = hc<App>('http://localhost')",
    ),
  ),
}

/** What Hono's guide advises where one client is too slow: a client for each sub-app. */
export const honoSplit: RoutesSide = side((modules) =>
  lines(
    "import { hc } from 'hono/client'",
    ...modules.map((i) => `import type { module${i} } from './module${i}.ts'`),
    'const api = {',
    ...modules.map((i) => `  module${i}: hc<typeof module${i}>('http://localhost/module${i}'),`),
    '}',
  ),
)

function side(client: string | RoutesSide['client']): RoutesSide {
  return {
    module: (module) =>
      lines(
        "import { sValidator } from '@hono/standard-validator'",
        "import { Hono } from 'hono'",
        "import * as v from 'valibot'",
        sharedSchemas,
        ...things.flatMap((thing) => [valibotSchemas(module, thing), rowFunction(module, thing)]),
        `export const module${module} = new Hono()`,
        ...things.map((thing) => routes(module, thing)),
      ),

    files: (modules) => ({
      'app.ts': lines(
        "import { Hono } from 'hono'",
        ...modules.map((i) => `import { module${i} } from './module${i}.ts'`),
        'export const app = new Hono()',
        ...modules.map((i) => `  .route('/module${i}', module${i})`),
        'export type App = typeof app',
      ),
    }),

    client: typeof client === 'string' ? () => client : client,

    calls: (module, thing) => {
      const at = `api.module${module}.${thing}`
      return lines(
        `  const page = await ${at}.$get({ query: { search: 'a', status: 'open' } })`,
        `  const found = await ${at}[':id'].$get({ param: { id } })`,
        `  const created = await ${at}.$post({ json: ${newThing(module, thing)} })`,
        `  const updated = await ${at}[':id'].$patch({ param: { id }, json: { ${fieldOf(module, thing, 'count')}: 4 } })`,
        `  const removed = await ${at}[':id'].$delete({ param: { id } })`,
        "  if (page.status !== 200 || found.status !== 200) throw new Error('no page')",
        "  if (created.status !== 201 || removed.status !== 204) throw new Error('not created')",
        '  if (updated.status === 404) throw new Error((await updated.json()).code)',
        '  const item = [...(await page.json()).items, await found.json(), await created.json()][0]!',
      )
    },

    mistakes: (module, thing) => [
      `  await api.module${module}.${thing}.$post({ json: ${newThing(module, thing, "'3'")} })`,
      `  void item.${fieldOf(module, thing, 'text')}s`,
    ],
  }
}

function routes(module: number, thing: string): string {
  const name = typeName(thing)
  const text = fieldOf(module, thing, 'text')
  const missing = "c.json({ code: 'missing', detail: 'There is none.' }, 404)"
  return `  .get('/${thing}', sValidator('query', ListQuery), (c) => {
    const query = c.req.valid('query')
    return c.json({ items: [${thing}Row('1', query.search)], next: query.cursor ?? null }, 200)
  })
  .get('/${thing}/:id', sValidator('param', Id), (c) => {
    const { id } = c.req.valid('param')
    return id === '' ? ${missing} : c.json(${thing}Row(id), 200)
  })
  .post('/${thing}', sValidator('json', New${name}), (c) => {
    const body = c.req.valid('json')
    return c.json(${thing}Row('1', body.${text}), 201)
  })
  .patch('/${thing}/:id', sValidator('param', Id), sValidator('json', ${name}Patch), (c) => {
    const { id } = c.req.valid('param')
    const body = c.req.valid('json')
    return id === '' ? ${missing} : c.json(${thing}Row(id, body.${text}), 200)
  })
  .delete('/${thing}/:id', sValidator('param', Id), (c) => c.body(null, 204))`
}
