import type { MigrationStep } from '../../migrations.ts'
import { type Change, inWords } from '../sql/migrate/change.ts'
import type { SchemaDialect, WriteContext } from '../sql/migrate/schema-dialect.ts'
import { dialect } from './dialect.ts'
import { dropTable, needsRebuild, rebuild } from './rebuild.ts'
import { addColumn, createIndex, createTable, literal } from './table-sql.ts'

const { quote } = dialect

/** The structure of SQLite databases: what ALTER TABLE cannot do is done by making the table anew. */
export const schema: SchemaDialect = {
  type: ({ kind }) => dialect.types[kind],
  isSameType: (one, other) => one.toUpperCase() === other.toUpperCase(),
  literal,
  widens: () => false,
  inlineReferences: true,
  // A column of a STRICT table takes over what it can hold without loss and refuses the rest.
  converts: (from, to) => TYPES.has(from.toUpperCase()) && TYPES.has(to.toUpperCase()),
  write,
  // References are checked at the end, when all tables have their rows again.
  begin: ({ run }) => run('PRAGMA defer_foreign_keys = ON'),
  end: ({ run }) => run('PRAGMA defer_foreign_keys = OFF'),
  check: (statements) =>
    statements.some((sql) => /^DROP TABLE/i.test(sql))
      ? 'SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 1'
      : undefined,
}

const TYPES = new Set(['TEXT', 'INTEGER', 'REAL', 'BLOB'])

async function write(changes: readonly Change[], context: WriteContext): Promise<MigrationStep[]> {
  const rebuilt = needsRebuild(changes)
  const steps: MigrationStep[] = []
  for (const [position, change] of changes.entries()) {
    const table = tableOf(change)
    if (!rebuilt.has(table) || isRename(change)) {
      steps.push({ summary: inWords(change), sql: await statements(change, context) })
      continue
    }
    // Its name may be wanted by another table before this one is made anew.
    if (change.type === 'rename index' || change.type === 'drop index') {
      steps.push({ summary: inWords(change), sql: [`DROP INDEX ${quote(change.index.name)}`] })
    }
    // After all else, since the tables that it refers to have to be there.
    const own = (other: Change): boolean => tableOf(other) === table && !isRename(other)
    if (!changes.slice(position + 1).some(own)) {
      steps.push(await rebuild(table, changes.filter(own), context))
    }
  }
  return steps
}

function isRename({ type }: Change): boolean {
  return type === 'rename table' || type === 'rename column'
}

function tableOf(change: Change): string {
  return typeof change.table === 'string' ? change.table : change.table.name
}

async function statements(change: Change, context: WriteContext): Promise<string[]> {
  switch (change.type) {
    case 'rename table':
      return [`ALTER TABLE ${quote(change.table)} RENAME TO ${quote(change.to)}`]
    case 'rename column': {
      const { table, column, to } = change
      return [`ALTER TABLE ${quote(table)} RENAME COLUMN ${quote(column)} TO ${quote(to)}`]
    }
    case 'rename index': {
      const { table, index, to } = change
      return [`DROP INDEX ${quote(index.name)}`, createIndex(table, { ...index, name: to })]
    }
    case 'drop table':
      return dropTable(change.table, context)
    case 'create table':
      return [createTable(change.table.name, change.table.columns)]
    case 'add column':
      return [addColumn(change.table, change.column)]
    case 'create index':
      return [createIndex(change.table, change.index)]
    case 'drop index':
      return [`DROP INDEX ${quote(change.index.name)}`]
    default:
      throw new Error(`SQLite makes the table anew to ${inWords(change)}`)
  }
}
