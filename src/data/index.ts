/**
 * Tables declared once, with types, validation, indexes and access rules, and the verbs that read and
 * write their rows on any database that has a driver.
 *
 * Import from `plinth/data`.
 *
 * @module plinth/data
 */
export type {
  AggregateKey,
  AggregateOrder,
  AggregateQuery,
  AggregateRow,
  GroupColumn,
  Having,
  NumberColumn,
  OrderedColumn,
} from './aggregate-query.ts'
export type { OnChange, RowChange } from './change.ts'
export type {
  Column,
  ColumnKind,
  Fill,
  Generated,
  OnDelete,
  Reference,
  ReferencedTable,
} from './column.ts'
export {
  type ColumnOptions,
  column,
  type GeneratedOptions,
  generated,
  id,
  type RefOptions,
  ref,
  type TimestampOptions,
  timestamp,
  version,
} from './columns.ts'
export { table } from './define-table.ts'
export type { DataErrorCode } from './errors.ts'
export type { ExplainedRule, ExplainQuery, Explanation } from './explanation.ts'
export type {
  Comparison,
  Condition,
  Filter,
  JsonComparison,
  JsonScalar,
  NullTest,
  TextComparison,
} from './filter.ts'
export type { FilterOf, ManyCondition } from './filter-of.ts'
export { type Gatherer, gather } from './gather.ts'
export type { Database, Handle, TransactionOptions } from './handle.ts'
export { lockRow, prune } from './keep.ts'
export type {
  FirstQuery,
  GetQuery,
  ListQuery,
  Page,
  StreamQuery,
  UpsertQuery,
} from './list-query.ts'
export { marksOf } from './marks.ts'
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
export type { OpenOptions } from './open-options.ts'
export type { Direction, Ordering, OrderOf } from './order-of.ts'
export type { AnyRule, FieldRule, FieldRules, Policy, PolicyOperation, Rule } from './policy.ts'
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
  Select as SelectQuery,
  Update,
} from './query.ts'
export type { QueryPlan, QueryPlanner } from './query-plan.ts'
export {
  type DeclaredRelation,
  type Many,
  type ManyThrough,
  many,
  type One,
  one,
  type Relation,
  type RelationMany,
  type RelationOne,
  type RelationThrough,
  type Through,
} from './relation.ts'
export type { Include, IncludeMany, IncludeOne, Result, Select, Shape } from './result.ts'
export { schema } from './schema.ts'
export type {
  Restriction,
  Schema,
  SchemaOptions,
  SchemaRelations,
  SchemaTables,
} from './schema-options.ts'
export type {
  Capabilities,
  DataSource,
  Gathered,
  Isolation,
  LiveColumn,
  LiveIndex,
  LiveReference,
  LiveTable,
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
  Links,
  Patch,
  PatchOf,
  Related,
  RelationsOf,
  Row,
  RowOf,
  Table,
  TableOptions,
  Unlinked,
  Written,
} from './table.ts'
export { traceOf } from './trace-of.ts'
export type { MaybePromise, StoredRow, StoredValue } from './value.ts'
