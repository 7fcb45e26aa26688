import {
  fieldOf,
  fieldsOf,
  type Kind,
  lines,
  moduleImports,
  newThing,
  type RoutesSide,
  rowFunction,
  things,
  typeName,
} from './routes.ts'

/** Plugins used one after the other, schemas by its own `t`, and Eden's treaty as the client. */
export const elysia: RoutesSide = {
  module: (module) =>
    lines(
      "import { Elysia, t } from 'elysia'",
      "const Id = t.Object({ id: t.String({ format: 'uuid' }) })",
      'const ListQuery = t.Object({',
      '  search: t.Optional(t.String({ maxLength: 100 })),',
      "  status: t.Optional(t.UnionEnum(['draft', 'open', 'done'])),",
      '  cursor: t.Optional(t.String()),',
      '})',
      'const Missing = t.Object({ code: t.String(), detail: t.String() })',
      ...things.flatMap((thing) => [schemas(module, thing), rowFunction(module, thing)]),
      `export const module${module} = new Elysia({ prefix: '/module${module}' })`,
      ...things.map((thing) => routes(module, thing)),
    ),

  files: (modules) => ({
    'app.ts': lines(
      "import { Elysia } from 'elysia'",
      moduleImports(modules),
      'export const app = new Elysia()',
      ...modules.map((i) => `  .use(module${i})`),
      'export type App = typeof app',
    ),
  }),

  client: () =>
    lines(
      "import { treaty } from '@elysiajs/eden'",
      "import type { App } from './app.ts'",
      "const api = treaty<App>('localhost')",
    ),

  calls: (module, thing) => {
    const at = `api.module${module}.${thing}`
    return lines(
      `  const page = await ${at}.get({ query: { search: 'a', status: 'open' } })`,
      `  const found = await ${at}({ id }).get()`,
      `  const created = await ${at}.post(${newThing(module, thing)})`,
      `  const updated = await ${at}({ id }).patch({ ${fieldOf(module, thing, 'count')}: 4 })`,
      `  const removed = await ${at}({ id }).delete()`,
      "  if (page.error || found.error) throw new Error('no page')",
      "  if (created.error || removed.error) throw new Error('not created')",
      '  if (updated.error?.status === 404) throw new Error(updated.error.value.code)',
      '  const item = [...page.data.items, found.data, created.data][0]!',
    )
  },

  mistakes: (module, thing) => [
    `  await api.module${module}.${thing}.post(${newThing(module, thing, "'3'")})`,
    `  void item.${fieldOf(module, thing, 'text')}s`,
  ],
}

function schemas(module: number, thing: string): string {
  const name = typeName(thing)
  const entries: Record<Kind, string> = {
    text: 't.String({ minLength: 1, maxLength: 200 })',
    note: 't.Optional(t.String())',
    count: 't.Integer({ minimum: 0 })',
    price: 't.Number()',
    active: 't.Boolean()',
    status: "t.UnionEnum(['draft', 'open', 'done'])",
    tags: 't.Array(t.String())',
    place: 't.Object({ street: t.String(), city: t.String(), code: t.Optional(t.String()) })',
  }
  return lines(
    `const New${name} = t.Object({`,
    ...fieldsOf(module, thing).map((field) => `  ${field.name}: ${entries[field.kind]},`),
    '})',
    `const ${name} = t.Object({ id: t.String(), ...New${name}.properties, createdAt: t.String() })`,
    `const ${name}Page = t.Object({ items: t.Array(${name}), next: t.Nullable(t.String()) })`,
    `const ${name}Patch = t.Partial(New${name})`,
  )
}

function routes(module: number, thing: string): string {
  const name = typeName(thing)
  const text = fieldOf(module, thing, 'text')
  const missing = "status(404, { code: 'missing', detail: 'There is none.' })"
  return `  .get('/${thing}', ({ query }) => ({
    items: [${thing}Row('1', query.search)],
    next: query.cursor ?? null,
  }), { query: ListQuery, response: { 200: ${name}Page } })
  .get('/${thing}/:id', ({ params, status }) =>
    params.id === '' ? ${missing} : ${thing}Row(params.id),
  { params: Id, response: { 200: ${name}, 404: Missing } })
  .post('/${thing}', ({ body, status }) => status(201, ${thing}Row('1', body.${text})),
  { body: New${name}, response: { 201: ${name} } })
  .patch('/${thing}/:id', ({ params, body, status }) =>
    params.id === '' ? ${missing} : ${thing}Row(params.id, body.${text}),
  { params: Id, body: ${name}Patch, response: { 200: ${name}, 404: Missing } })
  .delete('/${thing}/:id', ({ status }) => status(204, undefined),
  { params: Id, response: { 204: t.Undefined() } })`
}
