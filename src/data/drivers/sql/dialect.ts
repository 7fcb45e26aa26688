import type { ColumnKind } from '../../column.ts'
import type { JsonScalar } from '../../operand.ts'
import type { AggregateName } from '../../query.ts'
import type { StoredValue } from '../../value.ts'

/** Binds a value as a parameter of the statement being written; returns its placeholder. */
export type Bind = (value: StoredValue, kind: ColumnKind) => string

/** What databases write differently. Everything else is SQL that all of them share. */
export interface Dialect {
  /** `db.system.name` of OpenTelemetry: `sqlite`, `postgresql`, `mysql`, `mariadb`. */
  readonly name: string
  quote(identifier: string): string
  /** The placeholder of the n-th parameter, from 1. */
  placeholder(position: number): string
  /**
   * Writes a placeholder so that the statement's plan does not depend on its value; absent where it
   * never does. Databases that look at values make a new plan each time one is bound.
   */
  readonly unseen?: (placeholder: string) => string
  /** Turns a stored value into what the driver sends; absent where all are sent as they are. */
  readonly encode?: (kind: ColumnKind, value: StoredValue) => unknown
  /** A test for membership whose list is one parameter, so that its length does not change the shape. */
  memberOf(column: string, list: string, kind: ColumnKind): string
  /** The list of `memberOf` as what the driver sends for it. */
  list(values: readonly StoredValue[], kind: ColumnKind): unknown
  /** Case-sensitive containment, without wildcards. */
  contains(column: string, parameter: string): string
  /** Whether text ends with a parameter, case-sensitively and without wildcards. */
  endsWith(column: string, parameter: string): string
  /**
   * The scalar at a path inside a JSON column, as SQL of the type asked for; null where there is
   * none or it is of another type. In the path, strings are keys of objects and numbers are places in
   * arrays. A parameter that the text holds twice is bound twice, in the order of the text.
   */
  jsonValue(column: string, path: readonly (string | number)[], as: JsonScalar, bind: Bind): string
  /** One term of ORDER BY with the nulls placed. `nullable` is false where none can occur. */
  order(column: string, options: OrderOptions): string
  /** An aggregate over a column of this kind, so that it is answered in the kind that the core expects: `kindOf` in aggregate.ts. */
  aggregate(name: AggregateName, column: string, kind: ColumnKind): string
  /** What follows SELECT and its list where there is no table: ` FROM DUAL`; often empty. */
  readonly fromNothing: string
  /** What follows a SELECT that locks the rows it finds until the end of the transaction. */
  readonly forUpdate: string
  /** UPDATE ... RETURNING answers with the rows as they became. */
  readonly returning: boolean
  /** UPDATE and DELETE may ask about other rows of their own table in a subquery. */
  readonly subqueryOfTarget: boolean
  /** `(a, b) > (?, ?)` is read from an index. */
  readonly rowComparison: boolean
  /** The SQL type of a column kind where nothing else is known of the column. */
  readonly types: Readonly<Record<ColumnKind, string>>
  /** What follows the closing bracket of CREATE TABLE, such as ` STRICT`; often empty. */
  readonly tableOptions: string
  /** The most parameters that one statement may have. */
  readonly maxParameters: number
}

export interface OrderOptions {
  readonly descending: boolean
  readonly nulls: 'first' | 'last'
  readonly nullable: boolean
}
