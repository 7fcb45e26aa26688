import {
  fieldOf,
  lines,
  moduleImports,
  moduleList,
  newThing,
  type RoutesSide,
  rowFunction,
  sharedSchemas,
  things,
  typeName,
  valibotSchemas,
} from './routes.ts'

/** Routers in routers; refusals have no types in tRPC. */
export const trpc: RoutesSide = {
  module: (module) =>
    lines(
      "import { TRPCError } from '@trpc/server'",
      "import * as v from 'valibot'",
      "import { publicProcedure, router } from './trpc.ts'",
      sharedSchemas,
      ...things.flatMap((thing) => [valibotSchemas(module, thing), rowFunction(module, thing)]),
      `export const module${module} = router({`,
      ...things.map((thing) => procedures(module, thing)),
      '})',
    ),

  files: (modules) => ({
    'trpc.ts': lines(
      "import { initTRPC } from '@trpc/server'",
      'const t = initTRPC.create()',
      'export const router = t.router',
      'export const publicProcedure = t.procedure',
    ),
    'app.ts': lines(
      "import { router } from './trpc.ts'",
      moduleImports(modules),
      `export const app = router({ ${moduleList(modules)} })`,
      'export type App = typeof app',
    ),
  }),

  client: () =>
    lines(
      "import { createTRPCClient, httpBatchLink } from '@trpc/client'",
      "import type { App } from './app.ts'",
      "const api = createTRPCClient<App>({ links: [httpBatchLink({ url: 'http://localhost' })] })",
    ),

  calls: (module, thing) => {
    const at = `api.module${module}.${thing}`
    return lines(
      `  const page = await ${at}.list.query({ search: 'a', status: 'open' })`,
      `  const found = await ${at}.get.query({ id })`,
      `  const created = await ${at}.create.mutate(${newThing(module, thing)})`,
      `  const updated = await ${at}.update.mutate({ id, ${fieldOf(module, thing, 'count')}: 4 })`,
      `  await ${at}.remove.mutate({ id })`,
      '  const item = [...page.items, found, created, updated][0]!',
    )
  },

  mistakes: (module, thing) => [
    `  await api.module${module}.${thing}.create.mutate(${newThing(module, thing, "'3'")})`,
    `  void item.${fieldOf(module, thing, 'text')}s`,
  ],
}

function procedures(module: number, thing: string): string {
  const name = typeName(thing)
  const text = fieldOf(module, thing, 'text')
  const missing = "new TRPCError({ code: 'NOT_FOUND', message: 'There is none.' })"
  return `  ${thing}: router({
    list: publicProcedure
      .input(ListQuery)
      .output(${name}Page)
      .query(({ input }) => ({
        items: [${thing}Row('1', input.search)],
        next: input.cursor ?? null,
      })),
    get: publicProcedure
      .input(Id)
      .output(${name})
      .query(({ input }) => {
        if (input.id === '') throw ${missing}
        return ${thing}Row(input.id)
      }),
    create: publicProcedure
      .input(New${name})
      .output(${name})
      .mutation(({ input }) => ${thing}Row('1', input.${text})),
    update: publicProcedure
      .input(v.object({ ...Id.entries, ...${name}Patch.entries }))
      .output(${name})
      .mutation(({ input }) => {
        if (input.id === '') throw ${missing}
        return ${thing}Row(input.id, input.${text})
      }),
    remove: publicProcedure.input(Id).mutation(() => {}),
  }),`
}
