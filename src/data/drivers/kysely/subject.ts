import type { DeleteQueryNode, OperationNode, SelectQueryNode } from 'kysely'
import type { OutsideStatement } from '../../outside.ts'
import { type QueryNode, tableName } from './nodes.ts'

/** What a query does and the one table that it does it to, for its span. */
export function subjectOf(query: OperationNode): Pick<OutsideStatement, 'operation' | 'table'> {
  const node = query as QueryNode
  switch (node.kind) {
    case 'SelectQueryNode':
      return { operation: 'select', table: onlyTable(node) }
    case 'InsertQueryNode':
      return { operation: 'insert', table: tableName(node.into) }
    case 'UpdateQueryNode':
      return { operation: 'update', table: tableName(node.table) }
    case 'DeleteQueryNode':
      return { operation: 'delete', table: onlyTable(node) }
    case 'MergeQueryNode':
      return { operation: 'merge', table: tableName(node.into) }
    default:
      return { operation: 'sql', table: undefined }
  }
}

function onlyTable({ from, joins = [] }: SelectQueryNode | DeleteQueryNode): string | undefined {
  const [first, ...others] = from?.froms ?? []
  return others.length + joins.length === 0 ? tableName(first) : undefined
}
