import type {
  AggregateFunctionNode,
  AliasNode,
  CaseNode,
  ColumnNode,
  DeleteQueryNode,
  FunctionNode,
  InsertQueryNode,
  ListNode,
  MergeQueryNode,
  OperationNode,
  ParensNode,
  ReferenceNode,
  SelectAllNode,
  SelectQueryNode,
  TableNode,
  UpdateQueryNode,
} from 'kysely'

// Kysely's types tell nodes apart by `kind` only where a union of them is given.

export type QueryNode =
  | SelectQueryNode
  | InsertQueryNode
  | UpdateQueryNode
  | DeleteQueryNode
  | MergeQueryNode

/** What rows come from. */
export type SourceNode = TableNode | AliasNode | ListNode

/** What a value comes from, as far as it can be traced to a column. */
export type ValueSourceNode =
  | ReferenceNode
  | ColumnNode
  | SelectAllNode
  | AliasNode
  | ParensNode
  | AggregateFunctionNode
  | FunctionNode
  | CaseNode
  | SelectQueryNode

/** The name of a table; undefined for what is none, or is in a schema of its own. */
export function tableName(node: OperationNode | undefined): string | undefined {
  const source = node as SourceNode | undefined
  if (source?.kind === 'AliasNode') return tableName(source.node)
  if (source?.kind !== 'TableNode' || source.table.schema) return undefined
  return source.table.identifier.name
}
