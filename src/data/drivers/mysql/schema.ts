import { misuse } from '../../../kernel/index.ts'
import type { ColumnKind } from '../../column.ts'
import type { StoredValue } from '../../value.ts'
import type { Dialect } from '../sql/dialect.ts'
import { type AlterColumn, type Change, inWords } from '../sql/migrate/change.ts'
import { foreignKey } from '../sql/migrate/constraint-sql.ts'
import type { SchemaDialect, WriteContext } from '../sql/migrate/schema-dialect.ts'
import type { WantedColumn, WantedIndex } from '../sql/migrate/structure.ts'
import { textLiteral } from './literal.ts'
import { columnType, indexColumns } from './types.ts'

/** The structure of MySQL and MariaDB databases: each change is committed by itself. */
export function createSchema(dialect: Dialect): SchemaDialect {
  const writer = new Writer(dialect)
  return {
    type: ({ column }, use) => columnType(column, use),
    isSameType: (one, other) => one.toLowerCase() === other.toLowerCase(),
    literal: (value, kind) => writer.literal(value, kind),
    inlineReferences: false,
    // How long text may be follows from its use; what is too long fails instead of being cut.
    widens: (from, to) => isText(from) && isText(to),
    converts: (from, to) => isText(to) && (isText(from) || /^bigint$/i.test(from)),
    write: async (changes, context) =>
      changes.map((change) => {
        const blocks = blocksOf(change)
        const sql = writer.statements(change, context)
        return { summary: inWords(change), sql, ...(blocks && { blocks }) }
      }),
    async begin({ ask }) {
      const [row] = await ask(`SELECT GET_LOCK(${LOCK}, ${LOCK_SECONDS})`)
      if (Number(row?.[0]) === 1) return
      throw misuse('migrate()', 'another migration of this database has not ended for an hour')
    },
    async end({ ask }) {
      await ask(`SELECT RELEASE_LOCK(${LOCK})`)
    },
    isDone,
  }
}

/** Locks have names of up to 64 characters for the whole server. */
const LOCK = "CONCAT('plinth migrate ', LEFT(SHA2(DATABASE(), 256), 40))"
const LOCK_SECONDS = 3600

class Writer {
  readonly #dialect: Dialect

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  statements(change: Change, context: WriteContext): string[] {
    const { quote, tableOptions } = this.#dialect
    switch (change.type) {
      case 'rename table':
        return [`RENAME TABLE ${quote(change.table)} TO ${quote(change.to)}`]
      case 'drop table':
        return [`DROP TABLE ${quote(change.table)}`]
      case 'create table': {
        const columns = change.table.columns.map((column) => `  ${this.#column(column)}`)
        const name = quote(change.table.name)
        return [`CREATE TABLE ${name} (\n${columns.join(',\n')}\n)${tableOptions}`]
      }
      case 'create index':
        return [this.#createIndex(change.table, change.index, context)]
      case 'drop index':
        return [`DROP INDEX ${quote(change.index.name)} ON ${quote(change.table)}`]
      case 'alter column':
        return this.#alter(change)
      default:
        return [`ALTER TABLE ${quote(change.table)} ${this.#action(change)}`]
    }
  }

  #action(change: AlterTable): string {
    const { quote } = this.#dialect
    switch (change.type) {
      case 'rename column':
        return `RENAME COLUMN ${quote(change.column)} TO ${quote(change.to)}`
      case 'rename index':
        return `RENAME INDEX ${quote(change.index.name)} TO ${quote(change.to)}`
      case 'rename reference': {
        const { from, to } = change
        return `DROP FOREIGN KEY ${quote(from.name ?? '')}, ADD ${foreignKey(from.column, to, quote)}`
      }
      case 'add column':
        return `ADD COLUMN ${this.#column(change.column)}${this.#fallback(change.column)}`
      case 'drop column':
        return `DROP COLUMN ${quote(change.column)}`
      case 'add reference':
        return `ADD ${foreignKey(change.column, change.reference, quote)}`
      case 'drop reference':
        return `DROP FOREIGN KEY ${quote(change.reference.name ?? '')}`
    }
  }

  #column({ name, type, nullable, primaryKey }: WantedColumn): string {
    const key = primaryKey ? ' PRIMARY KEY' : ''
    return `${this.#dialect.quote(name)} ${type}${nullable ? ' NULL' : ' NOT NULL'}${key}`
  }

  /** In brackets it is an expression, which long text may have for a default. */
  #fallback({ existing = null, kind }: WantedColumn): string {
    return existing === null ? '' : ` DEFAULT (${this.literal(existing, kind)})`
  }

  #alter({ table, from, to }: AlterColumn): string[] {
    const { quote } = this.#dialect
    const name = quote(to.name)
    const required = to.nullable ? 'NULL' : 'NOT NULL'
    const sql: string[] = []
    if (from.nullable && !to.nullable && to.existing !== undefined && to.existing !== null) {
      const value = this.literal(to.existing, to.kind ?? 'text')
      sql.push(`UPDATE ${quote(table)} SET ${name} = ${value} WHERE ${name} IS NULL`)
    }
    return [...sql, `ALTER TABLE ${quote(table)} MODIFY COLUMN ${name} ${to.type} ${required}`]
  }

  #createIndex(table: string, index: WantedIndex, { wanted }: WriteContext): string {
    const { quote } = this.#dialect
    const { name, columns, unique } = index
    const known = wanted.find((other) => other.name === table)?.columns ?? []
    const typed = columns.map((column) => ({
      name: column,
      type: known.find((other) => other.name === column)?.type ?? '',
    }))
    const list = indexColumns(typed, { table, unique }).join(', ')
    return `CREATE ${unique ? 'UNIQUE INDEX' : 'INDEX'} ${quote(name)} ON ${quote(table)} (${list})`
  }

  literal(value: StoredValue, kind: ColumnKind): string {
    const { encode } = this.#dialect
    const sent = encode ? encode(kind, value) : value
    if (sent === null || sent === undefined) return 'NULL'
    if (typeof sent === 'number' || typeof sent === 'bigint') return String(sent)
    return textLiteral(sent instanceof Date ? toDateTime(sent) : String(sent))
  }
}

type AlterTable = Exclude<
  Change,
  {
    type:
      | 'rename table'
      | 'drop table'
      | 'create table'
      | 'create index'
      | 'drop index'
      | 'alter column'
  }
>

function toDateTime(date: Date): string {
  return date.toISOString().slice(0, 23).replace('T', ' ')
}

function isText(type: string): boolean {
  return /^(longtext|(var)?char\(\d+\))$/i.test(type)
}

function blocksOf(change: Change): string | undefined {
  if (change.type === 'alter column' && change.retyped) {
    return `Blocks writers of ${change.table} while the table is copied.`
  }
  const made =
    change.type === 'rename reference' || (change.type === 'add reference' && !change.fresh)
  if (made) {
    return `Blocks writers of ${change.table} while the table is copied and all its rows are checked.`
  }
  return undefined
}

// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html: exists already (table,
// column, key, constraint), and is not there (table, column, key).
const DONE = new Set([1050, 1060, 1061, 1826, 1051, 1054, 1091, 1146, 1176])
/** MariaDB's for a constraint that exists already, which is its number 121 of the storage engine. */
const CANNOT_CREATE = 1005

function isDone(error: unknown): boolean {
  const { cause } = error as { cause?: { errno?: number; message?: string } }
  const number = cause?.errno ?? -1
  return DONE.has(number) || (number === CANNOT_CREATE && /errno: 121/.test(cause?.message ?? ''))
}
