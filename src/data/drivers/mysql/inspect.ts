import type { OnDelete } from '../../column.ts'
import type { LiveColumn, LiveIndex, LiveReference, LiveTable } from '../../store.ts'
import type { StoredRow } from '../../value.ts'
import type { Statement } from '../sql/driver.ts'
import type { Query } from '../sql/server.ts'

/** Reads the structure of the named tables that exist, in the order given. */
export async function inspectTables(
  query: Query,
  names: readonly string[],
  collation: string,
): Promise<LiveTable[]> {
  const tables: LiveTable[] = []
  for (const name of names) {
    const columns = await query(columnsOf, [name])
    if (columns.rows.length === 0) continue
    const indexes = await query(indexesOf, [name])
    const references = await query(referencesOf, [name])
    tables.push({
      name,
      columns: columns.rows.map((row) => toColumn(row, collation)),
      indexes: toIndexes(indexes.rows),
      references: references.rows.map(toReference),
    })
  }
  return tables
}

const columnsOf = statement(
  'columns',
  'SELECT c.column_name, c.column_type, c.is_nullable, c.column_key, c.collation_name ' +
    'FROM information_schema.columns c JOIN information_schema.tables t ' +
    'ON t.table_schema = c.table_schema AND t.table_name = c.table_name ' +
    "WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND c.table_name = ? " +
    'ORDER BY c.ordinal_position',
)

// Left out: the index behind a primary key, which is known as such.
const indexesOf = statement(
  'indexes',
  'SELECT index_name, column_name, non_unique FROM information_schema.statistics ' +
    "WHERE table_schema = DATABASE() AND table_name = ? AND index_name <> 'PRIMARY' " +
    'ORDER BY index_name, seq_in_index',
)

const referencesOf = statement(
  'references',
  'SELECT k.column_name, k.referenced_table_name, r.delete_rule, k.constraint_name ' +
    'FROM information_schema.key_column_usage k ' +
    'JOIN information_schema.referential_constraints r ' +
    'ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name ' +
    'AND r.table_name = k.table_name ' +
    'WHERE k.table_schema = DATABASE() AND k.table_name = ? ORDER BY k.constraint_name',
)

function statement(subject: string, sql: string): Statement {
  return { sql, returns: true, summary: `inspect ${subject}` }
}

/** The type as `columnType` spells it; with the collation where that is not the one of the driver. */
function toColumn([name, type, nullable, key, collation]: StoredRow, usual: string): LiveColumn {
  // MariaDB still tells the width in which integers are printed.
  const plain = String(type).replace(/^(bigint|int|smallint)\(\d+\)/, '$1')
  const other = collation !== null && collation !== usual
  return {
    name: String(name),
    type: other ? `${plain} collate ${collation}` : plain,
    nullable: nullable === 'YES',
    primaryKey: key === 'PRI',
  }
}

function toIndexes(rows: readonly StoredRow[]): LiveIndex[] {
  const byName = Map.groupBy(rows, ([name]) => String(name))
  return [...byName].map(([name, parts]) => ({
    name,
    // The name is null where the index is on an expression.
    columns: parts.map(([, column]) => (column === null ? '' : String(column))),
    unique: parts.every(([, , nonUnique]) => Number(nonUnique) === 0),
  }))
}

function toReference([column, table, rule, name]: StoredRow): LiveReference {
  const onDelete = ACTIONS[String(rule)] ?? 'restrict'
  return { column: String(column), table: String(table), onDelete, name: String(name) }
}

/** What is not here forbids the deletion. */
const ACTIONS: Readonly<Record<string, OnDelete>> = { CASCADE: 'cascade', 'SET NULL': 'set null' }
