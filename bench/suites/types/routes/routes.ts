/**
 * What every side declares and calls: a thousand routes in fifty modules of twenty, each module a file
 * of four kinds of thing that are listed, read, created, changed and deleted.
 */

import type { Sources } from '../compile.ts'

/** How one side spells an API and the calls of its client. */
export interface RoutesSide {
  /** The file of one module. */
  readonly module: (module: number) => string
  /** Other files, such as the app that the modules are put together in. */
  readonly files: (modules: readonly number[]) => Sources
  /** The head of the client's file: `api` is the client when it ends. */
  readonly client: (modules: readonly number[]) => string
  /** The calls of one thing's five routes; each leaves the variables that `claims` reads. */
  readonly calls: (module: number, thing: string) => string
  /** Two calls of which the first sends a number as text and the second reads what is not answered. */
  readonly mistakes: (module: number, thing: string) => readonly [string, string]
}

export const MODULES = 50
export const things = ['orders', 'items', 'people', 'labels'] as const
export const ROUTES: number = MODULES * things.length * 5
export const modules: readonly number[] = Array.from({ length: MODULES }, (_, i) => i)

const kinds = ['text', 'note', 'count', 'price', 'active', 'status', 'tags', 'place'] as const
export type Kind = (typeof kinds)[number]

/** Names differ from thing to thing, so that no two have the same type. */
export function fieldsOf(module: number, thing: string): { name: string; kind: Kind }[] {
  const serial = module * things.length + things.indexOf(thing as (typeof things)[number])
  return kinds.map((kind, i) => ({ name: i % 4 === 0 ? `${kind}${serial}` : kind, kind }))
}

/** The name of the field whose values are of that kind. */
export function fieldOf(module: number, thing: string, kind: Kind): string {
  return fieldsOf(module, thing).find((field) => field.kind === kind)?.name ?? ''
}

/** `orders` as the beginning of a constant's name. */
export function typeName(thing: string): string {
  return thing.charAt(0).toUpperCase() + thing.slice(1)
}

/** Schemas of a thing in valibot, which all sides but Elysia's take. */
export function valibotSchemas(module: number, thing: string): string {
  const name = typeName(thing)
  const entries: Record<Kind, string> = {
    text: 'v.pipe(v.string(), v.minLength(1), v.maxLength(200))',
    note: 'v.optional(v.string())',
    count: 'v.pipe(v.number(), v.integer(), v.minValue(0))',
    price: 'v.number()',
    active: 'v.boolean()',
    status: "v.picklist(['draft', 'open', 'done'])",
    tags: 'v.array(v.string())',
    place: 'v.object({ street: v.string(), city: v.string(), code: v.optional(v.string()) })',
  }
  return lines(
    `const New${name} = v.object({`,
    ...fieldsOf(module, thing).map((field) => `  ${field.name}: ${entries[field.kind]},`),
    '})',
    `const ${name} = v.object({ id: v.string(), ...New${name}.entries, createdAt: v.string() })`,
    `const ${name}Page = v.object({ items: v.array(${name}), next: v.nullable(v.string()) })`,
    `const ${name}Patch = v.partial(New${name})`,
  )
}

/** What all sides' valibot schemas share: what is asked of a list, a place, and a refusal. */
export const sharedSchemas = lines(
  'const Id = v.object({ id: v.pipe(v.string(), v.uuid()) })',
  'const ListQuery = v.object({',
  '  search: v.optional(v.pipe(v.string(), v.maxLength(100))),',
  "  status: v.optional(v.picklist(['draft', 'open', 'done'])),",
  '  cursor: v.optional(v.string()),',
  '})',
  'const Missing = v.object({ code: v.string(), detail: v.string() })',
)

/** A function that makes a thing, as a query would bring it. */
export function rowFunction(module: number, thing: string): string {
  const values: Record<Kind, string> = {
    text: 'text',
    note: "'note'",
    count: '1',
    price: '9.5',
    active: 'true',
    status: "'open' as const",
    tags: "['a', 'b']",
    place: "{ street: 'Main Street', city: 'Springfield' }",
  }
  return lines(
    `const ${thing}Row = (id: string, text = '') => ({`,
    '  id,',
    ...fieldsOf(module, thing).map((field) => `  ${field.name}: ${values[field.kind]},`),
    "  createdAt: '2026-01-01T00:00:00Z',",
    '})',
  )
}

/** A thing to create, as an object's source. */
export function newThing(module: number, thing: string, count = '3'): string {
  const values: Record<Kind, string | undefined> = {
    text: "'text'",
    note: undefined,
    count,
    price: '1.5',
    active: 'false',
    status: "'draft'",
    tags: "['a']",
    place: "{ street: 'Main Street', city: 'Springfield' }",
  }
  return `{ ${fieldsOf(module, thing)
    .filter(({ kind }) => values[kind] !== undefined)
    .map(({ name, kind }) => `${name}: ${values[kind]}`)
    .join(', ')} }`
}

/** What must be known about the things answered; `any` passes here, and is found by the mistakes. */
export function claims(module: number, thing: string, variable: string): string {
  return lines(
    `  const count: number | undefined = ${variable}.${fieldOf(module, thing, 'count')}`,
    `  const status: 'draft' | 'open' | 'done' = ${variable}.${fieldOf(module, thing, 'status')}`,
    `  const tags: string[] = ${variable}.${fieldOf(module, thing, 'tags')}`,
    `  const city: string = ${variable}.${fieldOf(module, thing, 'place')}.city`,
  )
}

/** The line where a module's completion is asked for stands before this one. */
export const marker = (module: number): string => `  // module ${module} ends here`

/** A side's whole project; with mistakes, and then the lines of `client.ts` where they stand. */
export function project(side: RoutesSide): { sources: Sources; wrong: string; mistakes: number[] } {
  const moduleFiles = modules.map((module) => [`module${module}.ts`, side.module(module)])
  const right = clientFile(side, false)
  const wrong = clientFile(side, true)
  const mistakes = wrong
    .split('\n')
    .flatMap((line, index) => (line.includes(mistakeMark) ? [index + 1] : []))
  return {
    sources: { ...Object.fromEntries(moduleFiles), ...side.files(modules), 'client.ts': right },
    wrong,
    mistakes,
  }
}

const mistakeMark = '// mistake'

function clientFile(side: RoutesSide, withMistakes: boolean): string {
  const functions = modules.flatMap((module) => [
    ...things.map((thing) =>
      lines(
        `export async function ${thing}${module}(id: string) {`,
        side.calls(module, thing),
        claims(module, thing, 'item'),
        ...(withMistakes
          ? side.mistakes(module, thing).map((line) => `${line} ${mistakeMark}`)
          : []),
        '  return { count, status, tags, city }',
        '}',
      ),
    ),
    lines(`export function end${module}() {`, marker(module), '}'),
  ])
  return lines(side.client(modules), ...functions, '')
}

/** Lines of source, without those that do not apply. */
export function lines(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join('\n')
}

/** `import * as module0 from './module0.ts'` for each. */
export function namespaceImports(names: readonly number[]): string {
  return lines(...names.map((i) => `import * as module${i} from './module${i}.ts'`))
}

/** `import { module0 } from './module0.ts'` for each. */
export function moduleImports(names: readonly number[]): string {
  return lines(...names.map((i) => `import { module${i} } from './module${i}.ts'`))
}

export function moduleList(names: readonly number[]): string {
  return names.map((i) => `module${i}`).join(', ')
}
