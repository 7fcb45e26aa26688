import type { ColumnKind } from '../../../column.ts'
import type { ModelColumn } from '../../../model.ts'
import type { StoredValue } from '../../../value.ts'
import type { Dialect } from '../dialect.ts'

/** Collects the parameters of one statement while its text is written. */
export class Parameters {
  readonly values: unknown[] = []
  readonly #dialect: Dialect
  readonly #unseen: Dialect['unseen']

  /** `seen`: whether the values may decide about the plan. */
  constructor(dialect: Dialect, { seen = true }: { readonly seen?: boolean } = {}) {
    this.#dialect = dialect
    this.#unseen = seen ? undefined : dialect.unseen
  }

  /** Adds a value in stored form and returns its placeholder. */
  bind(value: StoredValue, kind: ColumnKind): string {
    const { encode, placeholder } = this.#dialect
    const sent = encode && value !== null ? encode(kind, value) : value
    const placed = placeholder(this.values.push(sent))
    return this.#unseen ? this.#unseen(placed) : placed
  }

  /** Adds how many rows are wanted, which is no reason for another plan. */
  bindLimit(limit: number): string {
    const { placeholder, unseen } = this.#dialect
    const placed = placeholder(this.values.push(limit))
    return unseen ? unseen(placed) : placed
  }

  /** Adds a list as one parameter. */
  bindList(values: readonly StoredValue[], kind: ColumnKind): string {
    const { list, placeholder } = this.#dialect
    return placeholder(this.values.push(list(values, kind)))
  }
}

/** A statement while it is written, and the table whose columns are meant. */
export interface Writing {
  readonly dialect: Dialect
  readonly parameters: Parameters
  /** What stands before the names of its columns: empty, or an alias with its dot. */
  readonly prefix: string
  /** How a subquery names it. */
  readonly name: string
  /** How many tables were named before it: each gets an alias of its own. */
  readonly depth: number
}

/** Begins a statement on a table. */
export function writingOf(dialect: Dialect, table: string, parameters: Parameters): Writing {
  return { dialect, parameters, prefix: '', name: dialect.quote(table), depth: 0 }
}

/** The same statement, inside a subquery on another table. */
export function within(writing: Writing, step = 1): Writing {
  const depth = writing.depth + step
  return { ...named(writing, depth), depth }
}

/** The same statement, about the table that has the alias of this number. */
export function named(writing: Writing, number: number): Writing {
  const name = `t${number}`
  return { ...writing, prefix: `${name}.`, name }
}

export function columnSql({ dialect, prefix }: Writing, { name }: ModelColumn): string {
  return prefix + dialect.quote(name)
}

/** What can be compared and ordered: SQL, and what is known of its values. */
export interface Expression {
  readonly sql: string
  readonly kind: ColumnKind
  readonly nullable: boolean
}
