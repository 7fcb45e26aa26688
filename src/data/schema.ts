import { misuse } from '../kernel/index.ts'
import { isPlainObject } from './condition.ts'
import { resolveRelations } from './resolve-relations.ts'
import type { Schema, SchemaOptions, SchemaRelations, SchemaTables } from './schema-options.ts'
import { checkRules, mergePolicy, restrictionsOf } from './schema-rules.ts'
import type { AnyTable } from './table.ts'
import { checkKeys, type Note } from './table-options.ts'

/**
 * Declares what ties tables together: relations, rules that go through them, and a rule for all. It
 * returns the same tables with all of that; open the database with these, and query these. Everything
 * is checked here, and all mistakes are reported in one `misuse`. Only what a policy's function
 * answers, and a reference to a table declared further down, wait until a database is opened.
 *
 * A module that exports the result cannot be compiled with `isolatedDeclarations`, which wants every
 * exported type written out. Where declarations are emitted for many tables, export the result as one
 * constant: taken apart, each table's declaration spells out the schema anew.
 *
 * ```ts
 * import { id, many, one, ref, schema, table } from 'plinth/data'
 * import { users } from 'plinth/auth'
 * import * as v from 'valibot'
 *
 * const boardsTable = table('boards', { id: id(), title: v.string() })
 * export const { boards, members, tasks } = schema(
 *   {
 *     users,
 *     boards: boardsTable,
 *     members: table('members', { id: id(), board: ref(boardsTable), user: ref(users) }),
 *     tasks: table('tasks', { id: id(), board: ref(boardsTable), title: v.string() }),
 *   },
 *   {
 *     relations: {
 *       boards: {
 *         tasks: many('tasks', 'board'),
 *         members: many('users', { through: 'members', from: 'board', to: 'user' }),
 *       },
 *       tasks: { in: one('boards', 'board') },
 *     },
 *     policies: {
 *       boards: { read: (actor) => ({ members: { some: { id: actor.id } } }) },
 *       tasks: { all: (actor) => ({ in: { members: { some: { id: actor.id } } } }) },
 *     },
 *   },
 * )
 * ```
 */
export function schema<
  const Tables extends SchemaTables,
  const Relations extends SchemaRelations<Tables> = Record<never, never>,
  const Restricted extends keyof Tables = keyof Tables,
>(
  tables: Tables,
  options: SchemaOptions<Tables, Relations, Restricted> = {},
): Schema<Tables, Relations> {
  const problems: string[] = []
  const note: Note = (problem) => void problems.push(problem)
  const failed = () => problems.length > 0
  const fail = () => misuse('schema()', problems.join('; '))
  checkTables(tables, note)
  checkKeys('options', options, ['relations', 'policies', 'restrict'], note)
  if (failed()) throw fail()

  const { relations, policies, restrict }: GivenOptions = options
  for (const [place, named] of Object.entries({ relations, policies })) {
    if (named !== undefined) checkKeys(place, named, Object.keys(tables), note)
  }
  if (failed()) throw fail()

  const linked: Record<string, AnyTable> = {}
  const ways = new Map(
    Object.keys(tables).map((name) => {
      return [name, resolveRelations(name, relations?.[name], { tables, linked, note })]
    }),
  )
  const passable = !failed()
  const restricted = restrictionsOf(tables, restrict, note)
  for (const [name, given] of Object.entries(tables)) {
    linked[name] = Object.freeze({
      ...given,
      relations: ways.get(name) ?? given.relations,
      policy: mergePolicy(name, given, policies?.[name], note),
      restrict: restricted.get(name),
    })
  }
  // Filters are followed along relations, which have to be right for that.
  if (passable) checkRules(linked, note)
  if (failed()) throw fail()
  // Table by table, `linked` was made from `tables` and `relations`, which is what the type says.
  return Object.freeze(linked) as unknown as Schema<Tables, Relations>
}

/** The options as they may come from code that was not type-checked. */
interface GivenOptions {
  readonly relations?: Readonly<Record<string, unknown>>
  readonly policies?: Readonly<Record<string, unknown>>
  readonly restrict?: unknown
}

function checkTables(tables: SchemaTables, note: Note): void {
  if (!isPlainObject(tables)) {
    note('expected an object of tables')
    return
  }
  const seen = new Map<unknown, string>()
  for (const [name, given] of Object.entries(tables)) {
    if (!isTable(given)) {
      note(`${name}: expected a table`)
      continue
    }
    const twin = seen.get(given.columns) ?? seen.get(given.name)
    if (twin) note(`${name}: table("${given.name}") is there already, as ${twin}`)
    seen.set(given.columns, name).set(given.name, name)
    if (Object.keys(given.relations).length > 0 || given.restrict !== undefined) {
      note(`${name}: table("${given.name}") is part of another schema`)
    }
  }
}

function isTable(value: unknown): value is AnyTable {
  const table = value as Partial<AnyTable> | null
  return isPlainObject(table) && isPlainObject(table.columns) && isPlainObject(table.relations)
}
