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

/** A router without a contract; the client's type is `RouterClient`, as its guide has it. */
export const orpc: RoutesSide = {
  module: (module) =>
    lines(
      "import { os } from '@orpc/server'",
      "import * as v from 'valibot'",
      sharedSchemas,
      ...things.flatMap((thing) => [valibotSchemas(module, thing), rowFunction(module, thing)]),
      ...things.map((thing) => procedures(module, thing)),
    ),

  files: (modules) => ({
    'app.ts': lines(namespaceImports(modules), `export const router = { ${moduleList(modules)} }`),
  }),

  client: () =>
    lines(
      "import { createORPCClient } from '@orpc/client'",
      "import { RPCLink } from '@orpc/client/fetch'",
      "import type { RouterClient } from '@orpc/server'",
      "import type { router } from './app.ts'",
      "const link = new RPCLink({ url: 'http://localhost' })",
      'const api: RouterClient<typeof router> = createORPCClient(link)',
    ),

  calls: (module, thing) => {
    const at = `api.module${module}.${thing}`
    return lines(
      `  const page = await ${at}.list({ search: 'a', status: 'open' })`,
      `  const found = await ${at}.get({ id })`,
      `  const created = await ${at}.create(${newThing(module, thing)})`,
      `  const updated = await ${at}.update({ id, ${fieldOf(module, thing, 'count')}: 4 })`,
      `  await ${at}.remove({ id })`,
      '  const item = [...page.items, found, created, updated][0]!',
    )
  },

  mistakes: (module, thing) => [
    `  await api.module${module}.${thing}.create(${newThing(module, thing, "'3'")})`,
    `  void item.${fieldOf(module, thing, 'text')}s`,
  ],
}

function procedures(module: number, thing: string): string {
  const name = typeName(thing)
  const path = `/module${module}/${thing}`
  const text = fieldOf(module, thing, 'text')
  const missing = "errors.NOT_FOUND({ data: { code: 'missing', detail: 'There is none.' } })"
  return `export const ${thing} = {
    list: os
      .route({ method: 'GET', path: '${path}' })
      .input(ListQuery)
      .output(${name}Page)
      .handler(({ input }) => ({
        items: [${thing}Row('1', input.search)],
        next: input.cursor ?? null,
      })),
    get: os
      .route({ method: 'GET', path: '${path}/{id}' })
      .input(Id)
      .output(${name})
      .errors({ NOT_FOUND: { data: Missing } })
      .handler(({ input, errors }) => {
        if (input.id === '') throw ${missing}
        return ${thing}Row(input.id)
      }),
    create: os
      .route({ method: 'POST', path: '${path}', successStatus: 201 })
      .input(New${name})
      .output(${name})
      .handler(({ input }) => ${thing}Row('1', input.${text})),
    update: os
      .route({ method: 'PATCH', path: '${path}/{id}' })
      .input(v.object({ ...Id.entries, ...${name}Patch.entries }))
      .output(${name})
      .errors({ NOT_FOUND: { data: Missing } })
      .handler(({ input, errors }) => {
        if (input.id === '') throw ${missing}
        return ${thing}Row(input.id, input.${text})
      }),
    remove: os
      .route({ method: 'DELETE', path: '${path}/{id}', successStatus: 204 })
      .input(Id)
      .handler(() => {}),
}`
}
