import type { Model } from '../../model.ts'
import type { Delete, Read, Update } from '../../query.ts'
import { Recent } from '../../recent.ts'
import { aggregateSql } from './compile/aggregate.ts'
import { conditionSql } from './compile/condition.ts'
import { PlainSelects } from './compile/plain.ts'
import { selectSql, type Written } from './compile/select.ts'
import { deleteSql, insertSql, updateSql } from './compile/write.ts'
import { Parameters, writingOf } from './compile/writing.ts'
import type { Dialect } from './dialect.ts'
import type { Parameter, Statement } from './driver.ts'

/** A statement ready to run. */
export interface Prepared {
  readonly statement: Statement
  readonly params: readonly Parameter[]
}

/** Names are few and written into every statement. */
function remembering(quote: Dialect['quote']): Dialect['quote'] {
  const known = new Map<string, string>()
  return (identifier) => {
    const found = known.get(identifier)
    if (found !== undefined) return found
    const quoted = quote(identifier)
    known.set(identifier, quoted)
    return quoted
  }
}

/** Rows of one statement in a bulk insert: with more, databases are hardly faster. */
const CHUNK_ROWS = 50

/** Turns queries into statements: the same object for the same shape, as long as it is in use. */
export class Compiler {
  readonly dialect: Dialect
  /** What was asked for last. */
  latest: Statement | undefined
  readonly #plain: PlainSelects
  readonly #plans: Recent<Statement> = new Recent()
  readonly #inserts: WeakMap<Model, Map<number, Statement>> = new WeakMap()

  constructor(dialect: Dialect) {
    this.dialect = { ...dialect, quote: remembering(dialect.quote) }
    this.#plain = new PlainSelects(dialect)
  }

  read(query: Read): Prepared {
    const plain = query.type === 'select' ? this.#plain.find(query) : undefined
    if (!plain) return this.#write(query)
    const { place, params } = plain
    const statement = place.statement ?? this.#write(query).statement
    place.statement = statement
    this.latest = statement
    return { statement, params }
  }

  update(query: Omit<Update, 'single'>): Prepared {
    const written = updateSql(query, this.dialect)
    const { model, returning } = query
    return this.#plan(written, { verb: 'update', model, returns: !!returning, single: false })
  }

  delete(query: Delete): Prepared {
    const written = deleteSql(query, this.dialect)
    return this.#plan(written, {
      verb: 'delete',
      model: query.model,
      returns: false,
      single: false,
    })
  }

  /** Rows that one insert of this table takes: whole chunks serve a batch of any size. */
  chunkOf({ columns }: Model): number {
    return Math.max(
      1,
      Math.min(CHUNK_ROWS, Math.floor(this.dialect.maxParameters / columns.length)),
    )
  }

  /** The statement that inserts so many rows. */
  insert(model: Model, rows: number): Statement {
    let bySize = this.#inserts.get(model)
    if (!bySize) {
      bySize = new Map()
      this.#inserts.set(model, bySize)
    }
    let statement = bySize.get(rows)
    if (!statement) {
      const sql = insertSql(model.name, model.columns, { rows, dialect: this.dialect })
      statement = { sql, returns: false, summary: `insert ${model.name}` }
      bySize.set(rows, statement)
    }
    this.latest = statement
    return statement
  }

  #write(query: Read): Prepared {
    const select = query.type === 'select' ? query : undefined
    const shape = { verb: 'select', model: query.model, returns: true }
    const { single = false, named = false } = select ?? {}
    return this.#plan(this.#text(query), { ...shape, single, named })
  }

  #text(query: Read): Written {
    if (query.type === 'select') return selectSql(query, this.dialect)
    if (query.type === 'aggregate') return aggregateSql(query, this.dialect)
    const parameters = new Parameters(this.dialect)
    const writing = writingOf(this.dialect, query.model.name, parameters)
    const sql = `SELECT 1${this.dialect.fromNothing} WHERE ${conditionSql(query.where, writing)}`
    return { sql, params: parameters.values, kinds: () => ['integer'] }
  }

  #plan(
    { head, sql: text, params, kinds }: Written,
    shape: { verb: string; model: Model; returns: boolean; single: boolean; named?: boolean },
  ): Prepared {
    const { verb, model, returns, single, named = false } = shape
    // With a head, the table's name stands for it.
    const key = (single ? '1' : '') + (named ? 'n' : '') + (head ? model.name : '') + text
    const known = this.#plans.get(key)
    if (known) {
      this.latest = known
      return { statement: known, params }
    }
    const sql = head ? head() + text : text
    const summary = `${verb} ${model.name}`
    const statement = { sql, returns, single, named, summary, kinds: returns ? kinds() : [] }
    this.latest = this.#plans.add(key, statement)
    return { statement: this.latest, params }
  }
}
