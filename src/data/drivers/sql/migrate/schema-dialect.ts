import type { ColumnKind } from '../../../column.ts'
import type { MigrationStep } from '../../../migrations.ts'
import type { ModelColumn } from '../../../model.ts'
import type { LiveTable } from '../../../store.ts'
import type { StoredValue } from '../../../value.ts'
import type { Change } from './change.ts'
import type { Ask } from './facts.ts'
import type { WantedTable } from './structure.ts'

/** The connection that a migration runs on. */
export interface PlainConnection {
  readonly ask: Ask
  run(sql: string): Promise<void>
}

/** Where a column stands, and what it is used for beside holding values. */
export interface ColumnUse {
  readonly table: string
  readonly name: string
  /** Part of the primary key or of a unique key, part of an index, or neither. */
  readonly in: 'key' | 'index' | 'neither'
}

/** How a database changes its structure. */
export interface SchemaDialect {
  /** The type of a column, as CREATE TABLE writes it. */
  type(column: ModelColumn, use: ColumnUse): string
  /** Whether a type as the database tells it is one as CREATE TABLE writes it. */
  isSameType(live: string, wanted: string): boolean
  /** The value as it stands in a statement. */
  literal(value: StoredValue, kind: ColumnKind): string
  /** References are part of CREATE TABLE and ADD COLUMN, and need not be there to be referred to. */
  readonly inlineReferences: boolean
  /** Whether all values of one type are values of the other. */
  widens(from: string, to: string): boolean
  /** Whether values of one type turn into another without changing what they say, or fail to. */
  converts(from: string, to: string): boolean
  /** Writes ordered changes as steps. The live tables have the names that they get by renames. */
  write(changes: readonly Change[], context: WriteContext): Promise<MigrationStep[]>
  /** Waits until this migration is the only one of the database, before it reads anything. */
  begin(connection: PlainConnection): Promise<void>
  /** Lets others go on, be it that the migration failed. */
  end(connection: PlainConnection): Promise<void>
  /** Answers with rows when what statements left behind must not be committed. */
  check?(statements: readonly string[]): string | undefined
  /** Whether a failure says that what was to be made is there, or what was to be removed is not. */
  isDone?(error: unknown): boolean
}

export interface WriteContext {
  readonly wanted: readonly WantedTable[]
  readonly live: readonly LiveTable[]
  /** What the database calls a table until the migration renames it. */
  before(table: string): string
  /** Whether the migration gives the table or columns of it other names. */
  isRenamed(table: string): boolean
  readonly ask: Ask
}
