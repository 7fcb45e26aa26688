import {
  fieldOf,
  lines,
  moduleList,
  namespaceImports,
  newThing,
  type RoutesSide,
  rowFunction,
  sharedSchemas,
  things,
  typeName,
  valibotSchemas,
} from './routes.ts'

export const ours: RoutesSide = {
  module: (module) =>
    lines(
      "import { operation } from 'plinth/api'",
      "import * as v from 'valibot'",
      sharedSchemas,
      ...things.flatMap((thing) => [valibotSchemas(module, thing), rowFunction(module, thing)]),
      ...things.map((thing) => operations(module, thing)),
    ),

  files: (modules) => ({
    'app.ts': lines(
      "import { backend } from 'plinth'",
      "import { auth, password } from 'plinth/auth'",
      "import { sqlite } from 'plinth/data/sqlite'",
      namespaceImports(modules),
      'export const app = await backend({',
      "  data: sqlite(':memory:', []),",
      '  auth: auth({ factors: [password()] }),',
      `  api: { ${moduleList(modules)} },`,
      '})',
    ),
  }),

  client: () =>
    lines(
      "import { client } from 'plinth/client'",
      "import type { app } from './app.ts'",
      "const api = client<typeof app>('http://localhost')",
    ),

  calls: (module, thing) => {
    const at = `api.module${module}.${thing}`
    return lines(
      `  const page = await ${at}.list({ query: { search: 'a', status: 'open' } })`,
      `  const found = await ${at}.get({ params: { id } })`,
      `  const created = await ${at}.create({ body: ${newThing(module, thing)} })`,
      `  const updated = await ${at}.update({ params: { id }, body: { ${fieldOf(module, thing, 'count')}: 4 } })`,
      `  const removed = await ${at}.remove({ params: { id } })`,
      "  if (page.status !== 200 || found.status !== 200) throw new Error('no page')",
      "  if (created.status !== 201 || removed.status !== 204) throw new Error('not created')",
      '  if (updated.status === 404) throw new Error(updated.body.code)',
      '  const item = [...page.body.items, found.body, created.body][0]!',
    )
  },

  mistakes: (module, thing) => [
    `  await api.module${module}.${thing}.create({ body: ${newThing(module, thing, "'3'")} })`,
    `  void item.${fieldOf(module, thing, 'text')}s`,
  ],
}

function operations(module: number, thing: string): string {
  const name = typeName(thing)
  const path = `/module${module}/${thing}`
  const text = fieldOf(module, thing, 'text')
  const missing = "{ status: 404, body: { code: 'missing', detail: 'There is none.' } }"
  return `export const ${thing} = {
    list: operation({
      method: 'GET',
      path: '${path}',
      query: ListQuery,
      responses: { 200: ${name}Page },
      handler: ({ query }) => ({
        status: 200,
        body: { items: [${thing}Row('1', query.search)], next: query.cursor ?? null },
      }),
    }),
    get: operation({
      method: 'GET',
      path: '${path}/:id',
      params: Id,
      responses: { 200: ${name}, 404: Missing },
      handler: ({ params }) =>
        params.id === '' ? ${missing} : { status: 200, body: ${thing}Row(params.id) },
    }),
    create: operation({
      method: 'POST',
      path: '${path}',
      body: New${name},
      responses: { 201: ${name} },
      handler: ({ body }) => ({ status: 201, body: ${thing}Row('1', body.${text}) }),
    }),
    update: operation({
      method: 'PATCH',
      path: '${path}/:id',
      params: Id,
      body: ${name}Patch,
      responses: { 200: ${name}, 404: Missing },
      handler: ({ params, body }) =>
        params.id === '' ? ${missing} : { status: 200, body: ${thing}Row(params.id, body.${text}) },
    }),
    remove: operation({
      method: 'DELETE',
      path: '${path}/:id',
      params: Id,
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    }),
}`
}
