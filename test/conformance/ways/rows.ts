import { type AnyTable, type Database, type Filter, matches } from 'plinth/data'
import { PlinthError, uuidv7 } from 'plinth/kernel'
import * as v from 'valibot'

type Row = Record<string, unknown>
type Where = Row | undefined
type Order = Readonly<Record<string, 'asc' | 'desc'>>

interface Query {
  readonly where?: Where
  readonly orderBy?: Order
  readonly limit?: number
  readonly include?: object
}

/** A database without a driver: rows in arrays, for runtimes that have none. */
export interface Rows {
  readonly database: Database
  /** By the name of the table. */
  readonly tables: Map<string, Row[]>
}

/** Creates one with the verbs that auth uses, as the system has them: no policies. */
export function createRows(): Rows {
  const tables = new Map<string, Row[]>()
  let hooks: (() => void)[] | undefined

  const of = ({ name }: AnyTable): Row[] => {
    const rows = tables.get(name) ?? []
    tables.set(name, rows)
    return rows
  }
  const found = (table: AnyTable, where: Where = {}): Row[] =>
    of(table).filter((row) => matches(table, row as never, where as Filter<never>))
  const byKey = (table: AnyTable, id: string): Row | undefined =>
    of(table).find((row) => row[table.primaryKey] === id)
  const remove = (table: AnyTable, gone: readonly Row[]): number => {
    tables.set(
      table.name,
      of(table).filter((row) => !gone.includes(row)),
    )
    return gone.length
  }

  const handle = {
    get: async (table: AnyTable, id: string) => copy(byKey(table, id)),
    async first(table: AnyTable, { where, orderBy, include }: Query = {}) {
      const row = copy(sorted(found(table, where), orderBy)[0])
      if (!row || !include) return row
      return { ...row, owner: copy(tables.get('users')?.find(({ id }) => id === row['user'])) }
    },
    async list(table: AnyTable, { where, orderBy, limit = 100 }: Query = {}) {
      const rows = sorted(found(table, where), orderBy).slice(0, limit)
      return { items: rows.map(copy), next: null }
    },
    count: async (table: AnyTable, where?: Row) => found(table, where).length,
    exists: async (table: AnyTable, where?: Row) => found(table, where).length > 0,
    async create(table: AnyTable, values: Row) {
      const row = filled(table, values)
      const taken = table.unique.some((key) => of(table).some((other) => agree(key, row, other)))
      if (taken) throw new PlinthError('conflict', 'It is there already.', { status: 409 })
      of(table).push(row)
      return copy(row)
    },
    async createMany(table: AnyTable, values: readonly Row[]) {
      return Promise.all(values.map((each) => handle.create(table, each)))
    },
    async update(table: AnyTable, id: string, patch: Row, where?: Row) {
      const row = found(table, where).find((each) => each[table.primaryKey] === id)
      return row ? copy(Object.assign(row, given(patch))) : null
    },
    async updateMany(table: AnyTable, where: Row, patch: Row) {
      const rows = found(table, where)
      for (const row of rows) Object.assign(row, given(patch))
      return rows.length
    },
    delete: async (table: AnyTable, id: string, where?: Row) =>
      remove(
        table,
        found(table, where).filter((row) => row[table.primaryKey] === id),
      ) > 0,
    deleteMany: async (table: AnyTable, where: Row) => remove(table, found(table, where)),
    async upsert(table: AnyTable, values: Row, { on, update = values }: Upsert) {
      const row = of(table).find((other) => agree(on, filled(table, values), other))
      return row ? copy(Object.assign(row, given(update))) : handle.create(table, values)
    },
    async transaction(work: (tx: unknown) => Promise<unknown>) {
      const before = new Map(
        [...tables].map(([name, rows]) => [name, rows.map((row) => ({ ...row }))]),
      )
      const outermost = hooks === undefined
      hooks ??= []
      try {
        const result = await work(handle)
        if (outermost) for (const hook of hooks) hook()
        return result
      } catch (error) {
        tables.clear()
        for (const [name, rows] of before) tables.set(name, rows)
        throw error
      } finally {
        if (outermost) hooks = undefined
      }
    },
    afterCommit(hook: () => void) {
      if (hooks) hooks.push(hook)
      else hook()
    },
  }
  // Only what auth calls is there.
  const database = {
    system: handle,
    systemIn: () => handle,
    version: () => undefined,
    close: async () => {},
  } as unknown as Database
  return { database, tables }
}

interface Upsert {
  readonly on: readonly string[]
  readonly update?: Row
}

/** What a database fills in: keys, times, and what the schemas have as defaults. */
function filled(table: AnyTable, values: Row): Row {
  const row: Row = {}
  for (const [name, { fill, schema }] of Object.entries(table.columns as Columns)) {
    const value = values[name]
    if (value === undefined && fill === 'uuid') row[name] = uuidv7()
    else if (value === undefined && fill === 'now') row[name] = new Date()
    else row[name] = v.parse(schema, value) ?? null
  }
  return row
}

type Columns = Record<string, { readonly fill?: string; readonly schema: v.GenericSchema }>

function given(patch: Row): Row {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
}

function agree(key: readonly string[], one: Row, other: Row): boolean {
  return key.every((name) => one[name] !== null && one[name] === other[name])
}

function copy(row: Row | undefined): Row | null {
  return row ? { ...row } : null
}

function sorted(rows: readonly Row[], order: Order = {}): Row[] {
  const [[name, direction] = []] = Object.entries(order)
  if (name === undefined) return [...rows]
  const sign = direction === 'desc' ? -1 : 1
  return rows.toSorted((a, b) => sign * (Number(a[name]) - Number(b[name])))
}
