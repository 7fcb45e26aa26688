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
export type {
  Capabilities,
  Connection,
  DataSource,
  Dialect,
  Driver,
  DriverOptions,
  LiveTable,
  MaybePromise,
  OpenOptions,
  Result,
  Statement,
  StoredRow,
  StoredValue,
  WriteOptions,
} from './driver.ts'
export type { DataErrorCode } from './errors.ts'
export type { Comparison, Condition, Filter, TextComparison } from './filter.ts'
export type {
  Database,
  FirstQuery,
  Handle,
  ListQuery,
  MigrationPlan,
  MigrationStep,
  Order,
  Page,
  TransactionOptions,
} from './handle.ts'
export { matches } from './matches.ts'
export { open } from './open.ts'
export type { Policy, PolicyOperation, Rule } from './policy.ts'
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
