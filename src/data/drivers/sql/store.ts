import type { Clock, Scope } from '../../../kernel/index.ts'
import { chain, chainEach } from '../../maybe-promise.ts'
import type { Field, Model, Models, QueryCondition } from '../../model.ts'
import type { Delete, Insert, Read, Select, Update } from '../../query.ts'
import type { Gathered, RawSql, Store, StoreTransaction, Updated } from '../../store.ts'
import type { MaybePromise, StoredRow } from '../../value.ts'
import { cascadesBack } from './cascades.ts'
import { Compiler, type Prepared } from './compiler.ts'
import type { SqlConnection, SqlDriver, SqlResult } from './driver.ts'
import { createQueryPlanner } from './query-plan.ts'

export interface SqlStoreOptions {
  readonly driver: SqlDriver
  readonly models: Models
  readonly clock: Clock
}

/** Makes a store of a SQL database: turns queries into statements and lets the driver run them. */
export function createSqlStore({ driver, models, clock }: SqlStoreOptions): Store {
  const compiler = new Compiler(driver.dialect)
  const code = { models, clock }
  return {
    name: driver.dialect.name,
    capabilities: driver.capabilities,
    read(query, scope) {
      const { statement, params } = compiler.read(query)
      return rowsOf(driver.read(statement, params, scope))
    },
    ...(driver.named && {
      readNamed(query: Select, scope?: Scope) {
        const { statement, params } = compiler.read(query)
        return chain(driver.read(statement, params, scope), ({ named = [] }) => named)
      },
    }),
    transaction: (work, options) =>
      driver.transaction(
        (connection) => new SqlTransaction(compiler, connection).runWhole(work),
        options,
      ),
    version: () => driver.version(),
    assertOutside: () => driver.assertOutside(),
    describe(query) {
      const { statement, params } = compiler.read(query)
      return { text: statement.sql, params }
    },
    plan: async (options) => (await migrations()).plan(code, { driver }, options),
    migrate: async (options) => (await migrations()).migrateToCode(code, driver, options),
    applyMigrations: async (files, options) =>
      (await migrations()).applyFiles(code, driver, { files, ...options }),
    migrationStatus: async (files) => (await migrations()).statusOf(code, driver, files),
    queryPlanner() {
      const find = driver.plans?.()
      return find && createQueryPlanner(driver, find)
    },
    latest: () => compiler.latest,
    ping: () => driver.ping(),
    gauges: () => driver.gauges?.() ?? [],
    close: () => driver.close(),
  }
}

/** Loaded when asked for: a server whose tables are up to date need not carry it. */
const migrations = () => import('./migrate/migrations.ts')

class SqlTransaction implements StoreTransaction {
  readonly #compiler: Compiler
  readonly #connection: SqlConnection
  /** Why this level cannot be kept, whoever caught the error: a verb that failed has written. */
  #broken: { readonly error: unknown } | undefined

  constructor(compiler: Compiler, connection: SqlConnection) {
    this.#compiler = compiler
    this.#connection = connection
  }

  /** What is left to do before the commit, of this level and those that were kept. */
  #gathered: Gathered[] = []

  runWhole<T>(work: (transaction: SqlTransaction) => MaybePromise<T>): MaybePromise<T> {
    return chain(this.run(work), (value) => {
      if (this.#gathered.length === 0) return value
      return this.#finish().then(() => value)
    })
  }

  async #finish(): Promise<void> {
    while (this.#gathered.length > 0) {
      const groups = Map.groupBy(this.#gathered, ({ key }) => key)
      this.#gathered = []
      for (const group of groups.values()) {
        const items = group.map(({ item }) => item)
        await group[0]?.finish(items, this)
      }
    }
    if (this.#broken) throw this.#broken.error
  }

  run<T>(work: (transaction: SqlTransaction) => MaybePromise<T>): MaybePromise<T> {
    return chain(work(this), (value) => {
      if (this.#broken) throw this.#broken.error
      return value
    })
  }

  read(query: Read): MaybePromise<readonly StoredRow[]> {
    return rowsOf(this.#run(this.#compiler.read(query)))
  }

  /** Whole chunks, and the rest row by row: two statements serve a batch of any size. */
  insert({ model, rows }: Insert): MaybePromise<void> {
    const size = this.#compiler.chunkOf(model)
    const whole = rows.length - (rows.length % size)
    const chunks: (readonly StoredRow[])[] = []
    for (let at = 0; at < whole; at += size) chunks.push(rows.slice(at, at + size))
    for (const row of rows.slice(whole)) chunks.push([row])
    return chainEach(chunks, (chunk) => chain(this.#insertChunk(model, chunk), () => {}))
  }

  #insertChunk(model: Model, rows: readonly StoredRow[]): MaybePromise<SqlResult> {
    const { encode } = this.#compiler.dialect
    const encoded = encode
      ? rows.map((row) =>
          model.columns.map(({ kind }, at) => {
            const value = row[at] ?? null
            return value === null ? value : encode(kind, value)
          }),
        )
      : rows
    const [first = []] = encoded
    const params = encoded.length === 1 ? first : encoded.flat()
    return this.#connection.run(this.#compiler.insert(model, rows.length), params)
  }

  update(query: Update): MaybePromise<Updated> {
    const { returning, where, single } = query
    const { dialect } = this.#compiler
    const direct = !returning || dialect.returning
    if (direct && (dialect.subqueryOfTarget || !asksElsewhere(where))) {
      return chain(this.#run(this.#compiler.update(query)), ({ rows, changes }) => ({
        rows,
        count: changes,
      }))
    }
    return this.#byKeys(query, single, (found) => {
      if (!found) return { rows: [], count: 0 }
      const written = this.#run(
        this.#compiler.update({ ...query, where: found, returning: undefined }),
      )
      return chain(written, ({ changes: count }) => {
        if (!returning) return { rows: [], count }
        const { model } = query
        const again = this.#readBack({ type: 'select', model, fields: returning, where: found })
        return chain(again, (rows) => ({ rows, count }))
      })
    })
  }

  delete(query: Delete): MaybePromise<number> {
    const { model, where, single } = query
    const direct = this.#compiler.dialect.subqueryOfTarget || !movesByDeleting(where)
    // A row that goes along with another one is not counted by every database.
    if (direct && (single || !cascadesBack(model))) {
      return chain(this.#run(this.#compiler.delete(query)), ({ changes }) => changes)
    }
    return this.#byKeys(query, single, (found, count) => {
      if (!found) return 0
      return chain(this.#run(this.#compiler.delete({ ...query, where: found })), () => count)
    })
  }

  /**
   * For databases that cannot answer with what they wrote, or ask about the table that they write:
   * finds and locks the rows first, and goes on by their keys.
   */
  #byKeys<T>(
    { model, where }: Pick<Delete, 'model' | 'where'>,
    single: boolean,
    work: (found: QueryCondition | undefined, count: number) => MaybePromise<T>,
  ): MaybePromise<T> {
    const key = model.fieldOf.get(model.key.name) as Field
    const query = { type: 'select', model, fields: [key], where, single, lock: true } as const
    return chain(this.read(query), (rows) => {
      if (rows.length === 0) return work(undefined, 0)
      const operand = rows.map(([id]) => id ?? null)
      return work({ type: 'compare', field: key, operator: 'in', operand }, rows.length)
    })
  }

  async #readBack(query: Read): Promise<readonly StoredRow[]> {
    try {
      return await this.read(query)
    } catch (error) {
      this.#broken = { error }
      throw error
    }
  }

  async savepoint<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    const { value, gathered } = await this.#connection.savepoint(async (connection) => {
      const inner = new SqlTransaction(this.#compiler, connection)
      const value = await inner.run(work)
      return { value, gathered: inner.#gathered }
    })
    for (const each of gathered) this.#gathered.push(each)
    return value
  }

  gather(gathered: Gathered): void {
    this.#gathered.push(gathered)
  }

  afterCommit(hook: () => void | Promise<void>): void {
    this.#connection.afterCommit(hook)
  }

  get sql(): RawSql | undefined {
    return this.#connection.raw
  }

  #run({ statement, params }: Prepared): MaybePromise<SqlResult> {
    return this.#connection.run(statement, params)
  }
}

function rowsOf(result: MaybePromise<SqlResult>): MaybePromise<readonly StoredRow[]> {
  return result instanceof Promise ? result.then(({ rows }) => rows) : result.rows
}

/** Whether a condition asks about rows of other tables, which may be the one that is written. */
function asksElsewhere(condition: QueryCondition | undefined): boolean {
  return anyPart(condition, ({ type }) => type === 'related')
}

/**
 * Whether a condition may come to hold for a row because another was deleted. Databases that follow
 * references row by row would delete it by the same statement.
 */
function movesByDeleting(condition: QueryCondition | undefined): boolean {
  return anyPart(
    condition,
    (part) => part.type === 'related' || part.field.column.reference?.onDelete === 'set null',
  )
}

type Part = Extract<QueryCondition, { readonly type: 'compare' | 'related' }>

function anyPart(condition: QueryCondition | undefined, is: (part: Part) => boolean): boolean {
  if (!condition) return false
  if (condition.type === 'compare' || condition.type === 'related') return is(condition)
  return condition.type === 'not'
    ? anyPart(condition.item, is)
    : condition.items.some((item) => anyPart(item, is))
}
