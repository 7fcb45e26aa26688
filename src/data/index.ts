/**
 * Tables declared once, with types, validation, indexes and access rules, and the verbs that read and
 * write their rows on any database that has a driver.
 *
 * Import from `plinth/data`.
 *
 * @module
 */
export type {
  Column,
  ColumnKind,
  Fill,
  OnDelete,
  Reference,
  ReferencedTable,
} from './column.ts'
export {
  type ColumnOptions,
  column,
  id,
  type RefOptions,
  ref,
  type TimestampOptions,
  timestamp,
} from './columns.ts'
export { table } from './define-table.ts'
export type { DataErrorCode } from './errors.ts'
export type { Comparison, Condition, Filter, TextComparison } from './filter.ts'
export type {
  Database,
  FirstQuery,
  Handle,
  ListQuery,
  Order,
  Page,
  TransactionOptions,
} from './handle.ts'
export { matches } from './matches.ts'
export { toMigrationFile } from './migration-file.ts'
export type {
  ApplyMigrationOptions,
  MigrationFile,
  MigrationOptions,
  MigrationPlan,
  MigrationStatus,
  MigrationStep,
  PlanOptions,
} from './migrations.ts'
export type {
  Field,
  Model,
  ModelColumn,
  ModelRelation,
  Models,
  QueryCondition,
} from './model.ts'
export { open } from './open.ts'
export type { Policy, PolicyOperation, Rule } from './policy.ts'
export type {
  Aggregate,
  AggregateName,
  AggregateTerm,
  AggregateValue,
  Change,
  Delete,
  Each,
  Insert as InsertQuery,
  OrderTerm,
  Probe,
  Read,
  Select,
  Update,
} from './query.ts'
export type {
  Capabilities,
  DataSource,
  Isolation,
  LiveColumn,
  LiveIndex,
  LiveReference,
  LiveTable,
  OpenOptions,
  RawSql,
  Store,
  StoreOptions,
  StoreTransaction,
  StoreTransactionOptions,
  Updated,
} from './store.ts'
export type {
  AnyTable,
  ColumnInput,
  ColumnInputs,
  Insert,
  InsertOf,
  Patch,
  PatchOf,
  Row,
  RowOf,
  Table,
  TableOptions,
} from './table.ts'
export type { MaybePromise, StoredRow, StoredValue } from './value.ts'
