import type {
  DatabaseConnection,
  Dialect,
  DialectAdapter,
  Driver,
  QueryCompiler,
  QueryResult,
} from 'kysely'
import { misuse } from '../../../kernel/index.ts'
import type { Model } from '../../model.ts'
import type { OutsideTransaction } from '../../outside.ts'
import { storeAssigned } from './assigned.ts'
import { type Kinds, kindsOf } from './kinds.ts'
import type { Package } from './load.ts'
import { toParameter } from './parameters.ts'
import { decodeRows } from './rows.ts'
import { subjectOf } from './subject.ts'

/** The classes of Kysely that write the SQL of one database. */
interface Parts {
  readonly Adapter: new () => DialectAdapter
  readonly Compiler: new () => QueryCompiler
  readonly Introspector: new (
    db: Parameters<Dialect['createIntrospector']>[0],
  ) => ReturnType<Dialect['createIntrospector']>
}

export interface DialectOptions {
  readonly transaction: OutsideTransaction
  /** The tables whose columns are known. */
  readonly models: readonly Model[]
}

type Tables = ReadonlyMap<string, Kinds>

/** Kysely's dialect of the database, on a transaction that somebody else began and will end. */
export function createDialect(library: Package, { transaction, models }: DialectOptions): Dialect {
  const { Adapter, Compiler, Introspector } = partsOf(library, transaction.dialect)
  const tables: Tables = new Map(
    models.map(({ name, columns }) => [name, new Map(columns.map((c) => [c.name, c.kind]))]),
  )
  const connection = createConnection(transaction, tables)
  return {
    createDriver: () => createDriver(connection),
    createAdapter: () => unlocked(new Adapter()),
    createIntrospector: (db) => new Introspector(db),
    createQueryCompiler() {
      const compiler = new Compiler()
      return {
        compileQuery: (node, id) => compiler.compileQuery(storeAssigned(node, tables), id),
      }
    },
  }
}

function partsOf(library: Package, dialect: OutsideTransaction['dialect']): Parts {
  switch (dialect) {
    case 'sqlite':
      return {
        Adapter: library.SqliteAdapter,
        Compiler: library.SqliteQueryCompiler,
        Introspector: library.SqliteIntrospector,
      }
    case 'postgresql':
      return {
        Adapter: library.PostgresAdapter,
        Compiler: library.PostgresQueryCompiler,
        Introspector: library.PostgresIntrospector,
      }
    case 'mysql':
    case 'mariadb':
      return {
        Adapter: library.MysqlAdapter,
        Compiler: library.MysqlQueryCompiler,
        Introspector: library.MysqlIntrospector,
      }
  }
}

/** Whoever asks is given the connection at once: a turn of its own would let nested uses wait for ever. */
function unlocked(adapter: DialectAdapter): DialectAdapter {
  return Object.defineProperty(adapter, 'supportsMultipleConnections', { value: true })
}

function createDriver(connection: DatabaseConnection): Driver {
  return {
    async init() {},
    acquireConnection: async () => connection,
    async releaseConnection() {},
    beginTransaction: refuseTransaction,
    commitTransaction: refuseTransaction,
    rollbackTransaction: refuseTransaction,
    async destroy() {},
  }
}

async function refuseTransaction(): Promise<never> {
  throw misuse('kysely()', 'it is inside a transaction already; tx.transaction() nests another')
}

function createConnection(transaction: OutsideTransaction, tables: Tables): DatabaseConnection {
  return {
    async executeQuery<R>({
      query,
      sql,
      parameters,
    }: Parameters<DatabaseConnection['executeQuery']>[0]): Promise<QueryResult<R>> {
      const params = parameters.map((value) => toParameter(value, transaction.dialect))
      const { rows, changes } = await transaction.run({ sql, params, ...subjectOf(query) })
      decodeRows(rows, kindsOf(query, tables))
      // What a row holds is the claim of whoever built the query.
      return { rows: rows as R[], numAffectedRows: BigInt(changes) }
    },
    streamQuery() {
      throw misuse(
        'kysely()',
        'it cannot stream; read portions in the order of a key, or use stream() of the handle',
      )
    },
  }
}
