import type { OnDelete } from '../../column.ts'
import type { LiveTable } from '../../store.ts'
import type { StoredRow, StoredValue } from '../../value.ts'
import type { Statement } from '../sql/driver.ts'

type Read = (statement: Statement, params: readonly StoredValue[]) => Promise<readonly StoredRow[]>

/** Reads the structure of the named tables that exist, in the order given. */
export async function inspectTables(read: Read, names: readonly string[]): Promise<LiveTable[]> {
  const tables: LiveTable[] = []
  for (const name of names) {
    const columns = await read(columnsOf, [name])
    if (columns.length === 0) continue
    const indexes = await read(indexesOf, [name])
    const references = await read(referencesOf, [name])
    tables.push({
      name,
      columns: columns.map(toColumn),
      indexes: await Promise.all(indexes.map((index) => toIndex(read, index))),
      references: references.map(toReference),
    })
  }
  return tables
}

const columnsOf = statement(
  'columns',
  'SELECT x.name, x.type, x."notnull", x.pk FROM sqlite_schema s, pragma_table_xinfo(s.name) x ' +
    "WHERE s.type = 'table' AND s.name = ? ORDER BY x.cid",
)

// Left out: the index behind a primary key, which is known as such, and indexes of a part of the rows.
const indexesOf = statement(
  'indexes',
  'SELECT name, "unique" FROM pragma_index_list(?) WHERE origin <> \'pk\' AND partial = 0 ORDER BY name',
)

const indexColumns = statement('index', 'SELECT name FROM pragma_index_info(?) ORDER BY seqno')

const referencesOf = statement(
  'references',
  'SELECT "from", "table", on_delete FROM pragma_foreign_key_list(?) ORDER BY id, seq',
)

function statement(subject: string, sql: string): Statement {
  return { sql, returns: true, summary: `inspect ${subject}` }
}

function toColumn([name, type, notnull, pk]: StoredRow): LiveTable['columns'][number] {
  return { name: String(name), type: String(type), nullable: notnull === 0, primaryKey: pk !== 0 }
}

async function toIndex(read: Read, index: StoredRow): Promise<LiveTable['indexes'][number]> {
  const [name = '', unique] = index
  const columns = await read(indexColumns, [name])
  return {
    name: String(name),
    // The name is null where the index is on an expression.
    columns: columns.map(([column]) => (column === null ? '' : String(column))),
    unique: unique === 1,
  }
}

function toReference([from, table, action]: StoredRow): LiveTable['references'][number] {
  const onDelete = ACTIONS[String(action)] ?? 'restrict'
  return { column: String(from), table: String(table), onDelete }
}

/** What is not here forbids the deletion, now or at the end of the statement. */
const ACTIONS: Readonly<Record<string, OnDelete>> = { CASCADE: 'cascade', 'SET NULL': 'set null' }
