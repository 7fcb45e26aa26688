import type { OnDelete } from '../../column.ts'
import type { LiveTable } from '../../store.ts'
import type { StoredRow } from '../../value.ts'
import type { Statement } from '../sql/driver.ts'
import type { Query } from '../sql/server.ts'

/** Reads the structure of the named tables that exist in the schema where tables are made. */
export async function inspectTables(query: Query, names: readonly string[]): Promise<LiveTable[]> {
  const group = async (statement: Statement) => {
    const { rows } = await query(statement, [names])
    return Map.groupBy(rows, ([table]) => String(table))
  }
  const columns = await group(columnsOf)
  const indexes = await group(indexesOf)
  const references = await group(referencesOf)
  return names
    .filter((name) => columns.has(name))
    .map((name) => ({
      name,
      columns: (columns.get(name) ?? []).map(toColumn),
      indexes: (indexes.get(name) ?? []).map(toIndex),
      references: (references.get(name) ?? []).map(toReference),
    }))
}

// Ordinary and partitioned tables, no views.
const TABLES = `WITH t AS (
  SELECT c.oid, c.relname FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = pg_catalog.current_schema() AND c.relkind IN ('r', 'p')
    AND c.relname = ANY($1::text[])
)`

const columnsOf = statement(
  'columns',
  `SELECT t.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, EXISTS (
    SELECT FROM pg_catalog.pg_index i
    WHERE i.indrelid = t.oid AND i.indisprimary AND a.attnum = ANY(i.indkey)
  )
  FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid
  WHERE a.attnum > 0 AND NOT a.attisdropped
  ORDER BY t.relname, a.attnum`,
)

// Left out: the index behind a primary key, which is known as such, indexes of a part of the rows or of
// expressions, and those that are not, or not yet, good for anything. Included columns are no key.
const indexesOf = statement(
  'indexes',
  `SELECT t.relname, c.relname, i.indisunique, (
    SELECT pg_catalog.json_agg(a.attname ORDER BY key.place)
    FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS key(number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = key.number
    WHERE key.place <= i.indnkeyatts
  )
  FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  WHERE NOT i.indisprimary AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid
  ORDER BY t.relname, c.relname`,
)

const referencesOf = statement(
  'references',
  `SELECT t.relname, a.attname, r.relname, k.confdeltype, k.conname
  FROM t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid
  JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
  JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]
  WHERE k.contype = 'f' AND pg_catalog.cardinality(k.conkey) = 1
  ORDER BY t.relname, k.conname`,
)

function statement(subject: string, sql: string): Statement {
  return { sql: `${TABLES} ${sql}`, returns: true, summary: `inspect ${subject}` }
}

function toColumn([, name, type, required, primaryKey]: StoredRow): LiveTable['columns'][number] {
  return {
    name: String(name),
    type: String(type),
    nullable: required === 0,
    primaryKey: primaryKey === 1,
  }
}

function toIndex([, name, unique, columns]: StoredRow): LiveTable['indexes'][number] {
  return { name: String(name), columns: JSON.parse(String(columns)), unique: unique === 1 }
}

function toReference([, column, table, action, name]: StoredRow): LiveTable['references'][number] {
  const onDelete = ACTIONS[String(action)] ?? 'restrict'
  return { column: String(column), table: String(table), onDelete, name: String(name) }
}

/** What is not here forbids the deletion, now or at the end of the statement. */
const ACTIONS: Readonly<Record<string, OnDelete>> = { c: 'cascade', n: 'set null' }
