import { isPlainObject } from './condition.ts'
import { COLUMN_NAME, RESERVED } from './names.ts'
import type { Relation } from './relation.ts'
import type { SchemaTables } from './schema-options.ts'
import type { AnyTable } from './table.ts'
import type { Note } from './table-options.ts'

interface Surroundings {
  /** The tables as they were given. */
  readonly tables: SchemaTables
  /** The tables that come of them, complete when relations are followed. */
  readonly linked: Readonly<Record<string, AnyTable>>
  readonly note: Note
}

type Relations = Readonly<Record<string, Relation<AnyTable>>>

/** Resolves the relations declared for one table, and notes what is wrong with them. */
export function resolveRelations(
  table: string,
  declared: unknown,
  { tables, linked, note }: Surroundings,
): Relations {
  const own = tables[table] as AnyTable
  const resolved: Record<string, Relation<AnyTable>> = {}
  if (declared === undefined) return Object.freeze(resolved)
  if (!isPlainObject(declared)) {
    note(`relations.${table}: expected an object of relations`)
    return Object.freeze(resolved)
  }
  for (const [name, relation] of Object.entries(declared)) {
    const place = `relations.${table}.${name}`
    const problem = nameProblem(name, own)
    if (problem) note(`${place}: ${problem}`)
    const found = new Resolver(tables, linked, (text) => note(`${place}: ${text}`))
    const result = found.resolve(own, relation)
    if (result && !problem) resolved[name] = result
  }
  return Object.freeze(resolved)
}

function nameProblem(name: string, own: AnyTable): string | undefined {
  if (Object.hasOwn(own.columns, name)) return 'a column has that name'
  if (RESERVED.has(name)) return 'the name is reserved'
  if (!COLUMN_NAME.test(name)) {
    return 'a name has 1 to 63 letters, digits and _, and begins with a letter'
  }
  return undefined
}

class Resolver {
  readonly #tables: SchemaTables
  readonly #linked: Readonly<Record<string, AnyTable>>
  readonly #note: Note

  constructor(tables: SchemaTables, linked: Readonly<Record<string, AnyTable>>, note: Note) {
    this.#tables = tables
    this.#linked = linked
    this.#note = note
  }

  resolve(own: AnyTable, declared: unknown): Relation<AnyTable> | undefined {
    const { kind, target, column, between } = (declared ?? {}) as Record<string, unknown>
    if (kind !== 'one' && kind !== 'many') return this.#fail('expected one() or many()')
    const to = this.#table(target)
    if (!to) return undefined
    const toTarget = this.#later(target as string)
    if (isPlainObject(between)) return this.#through({ own, to, toTarget }, between)
    const [from, referred] = kind === 'one' ? [own, to] : [to, own]
    if (!this.#refers(from, column, referred)) return undefined
    return Object.freeze({ kind, target: toTarget, column, through: undefined })
  }

  #through(
    { own, to, toTarget }: { own: AnyTable; to: AnyTable; toTarget: () => AnyTable },
    between: Record<string, unknown>,
  ): Relation<AnyTable> | undefined {
    const middle = this.#table(between['through'])
    if (!middle) return undefined
    const { from, to: column } = between
    if (from === column) return this.#fail(`from and to are the same column, "${String(from)}"`)
    const refersOwn = this.#refers(middle, from, own)
    if (!this.#refers(middle, column, to) || !refersOwn) return undefined
    const through = { table: this.#later(between['through'] as string), from, to: column }
    return Object.freeze({
      kind: 'many',
      target: toTarget,
      column: undefined,
      through: Object.freeze(through as { table: () => AnyTable; from: string; to: string }),
    })
  }

  #table(name: unknown): AnyTable | undefined {
    const found =
      typeof name === 'string' && Object.hasOwn(this.#tables, name) ? this.#tables[name] : undefined
    const known = Object.keys(this.#tables).join(', ')
    return found ?? this.#fail(`unknown table "${String(name)}"; tables are: ${known}`)
  }

  /** Read when it is first followed: relations lead to tables that are resolved after them. */
  #later(name: string): () => AnyTable {
    return () => this.#linked[name] as AnyTable
  }

  #refers(from: AnyTable, name: unknown, to: AnyTable): name is string {
    const column =
      typeof name === 'string' && Object.hasOwn(from.columns, name) ? from.columns[name] : undefined
    const place = `"${from.name}.${String(name)}"`
    if (!column) {
      const known = Object.keys(from.columns).join(', ')
      this.#fail(`unknown column ${place}; columns are: ${known}`)
      return false
    }
    if (!column.references) {
      this.#fail(`${place} is no reference; expected one to "${to.name}"`)
      return false
    }
    const referred = referredBy(column.references.table)
    if (!referred || referred.columns === to.columns) return true
    this.#fail(`${place} refers to "${referred.name}", not to "${to.name}"`)
    return false
  }

  #fail(problem: string): undefined {
    this.#note(problem)
    return undefined
  }
}

/** Absent where the reference is to a table that is declared further down: a database checks it. */
function referredBy<T>(table: () => T): T | undefined {
  try {
    return table()
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}
