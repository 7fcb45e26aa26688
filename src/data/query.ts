import type { ConditionTree } from './condition.ts'
import type { Field, Model, ModelColumn, ModelRelation, QueryCondition } from './model.ts'
import type { StoredRow, StoredValue } from './value.ts'

/**
 * What stores are given: plain objects that say which rows are meant, policies included, and what is
 * to become of them. Nothing in them is as a caller wrote it: names are resolved to columns and
 * values are in stored form.
 */
export type Read = Select | Aggregate | Probe

/** One column of an order. */
export interface OrderTerm {
  readonly field: Field
  readonly descending: boolean
  readonly nulls: 'first' | 'last'
}

/** Reads rows of one table. */
export interface Select {
  readonly type: 'select'
  readonly model: Model
  /** What each row is made of, in this order. One array for one meaning: stores may remember it. */
  readonly fields: readonly Field[]
  readonly where: QueryCondition | undefined
  /** Empty where any order will do. */
  readonly order?: readonly OrderTerm[]
  /** Begins after the row that has these values in the order's columns. */
  readonly after?: readonly StoredValue[] | undefined
  readonly limit?: number | undefined
  /** Whether at most one row can be meant, as by a key. */
  readonly single?: boolean
  /** Leaves out rows that repeat another. */
  readonly distinct?: boolean
  /** Takes the first rows of each group in the order, a group being the rows that share a value. */
  readonly each?: Each | undefined
  /**
   * Rows of other tables that are read along, one each for the row that is meant; only of a single select,
   * and of a store that has `joins`. What is read of them follows the fields.
   */
  readonly joined?: readonly Joined[] | undefined
  /** Of whole rows, whether they are wanted as objects: what `readNamed` is given. */
  readonly named?: boolean
  /** Locks the rows until the end of the transaction, where the store knows such locks. */
  readonly lock?: boolean
}

/** The row of another table that a column of this one leads to; all null where there is none. */
export interface Joined {
  readonly relation: ModelRelation
  /** What is read of it; behind it follows its key. */
  readonly fields: readonly Field[]
  /** Must hold for it to be seen. */
  readonly where: QueryCondition | undefined
}

/** How rows are taken for many others at once: what an include asks for. */
export interface Each {
  /** The values that the groups have. */
  readonly keys: readonly StoredValue[]
  /** A column of the table; or of a table between, whose rows say what belongs to what. */
  readonly by: ModelColumn
  /** The table between, and its column that holds the keys of the rows read. */
  readonly through?:
    | {
        readonly model: Model
        readonly to: ModelColumn
        readonly where: QueryCondition | undefined
      }
    | undefined
  /** Rows of each group. */
  readonly limit?: number | undefined
}

export type AggregateName = 'count' | 'sum' | 'avg' | 'min' | 'max'

/** One value of an aggregate. A count without a field counts rows, with one those where it is not null. */
export interface AggregateValue {
  readonly name: AggregateName
  readonly field: Field | undefined
}

/** Reads facts about groups of rows. Each row answered: the groups' fields, then the values. */
export interface Aggregate {
  readonly type: 'aggregate'
  readonly model: Model
  readonly where: QueryCondition | undefined
  readonly groups: readonly Field[]
  readonly values: readonly AggregateValue[]
  readonly having?: ConditionTree<AggregateValue> | undefined
  /** Each term is the place of a group or value in the rows answered. */
  readonly order?: readonly AggregateTerm[]
  readonly limit?: number | undefined
}

export interface AggregateTerm {
  readonly position: number
  readonly descending: boolean
  readonly nulls: 'first' | 'last'
}

/**
 * Asks whether a condition holds without reading rows of its own: all its columns are known, and what
 * is left of it asks about rows of other tables. Answers with one row, empty, or none.
 */
export interface Probe {
  readonly type: 'probe'
  readonly model: Model
  readonly where: QueryCondition
}

export interface Insert {
  readonly model: Model
  /** The stored values of all columns, in the order of the columns. */
  readonly rows: readonly StoredRow[]
}

export interface Update {
  readonly model: Model
  readonly where: QueryCondition | undefined
  readonly changes: ReadonlyMap<ModelColumn, Change>
  /** What each row written is answered with; absent where only their number is asked for. */
  readonly returning?: readonly Field[] | undefined
  /** Whether at most one row can be meant, as by a key. */
  readonly single: boolean
}

/** A new value, or what is added to the value that is there. */
export type Change = StoredValue | { readonly add: number }

export interface Delete {
  readonly model: Model
  readonly where: QueryCondition | undefined
  /** Whether at most one row can be meant, as by a key. */
  readonly single: boolean
}
