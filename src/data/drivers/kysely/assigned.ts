import type {
  ColumnNode,
  ColumnUpdateNode,
  InsertQueryNode,
  OperationNode,
  PrimitiveValueListNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
} from 'kysely'
import type { ColumnKind } from '../../column.ts'
import { invalidValues } from '../../errors.ts'
import { Problem, toStored } from '../../stored.ts'
import { type Kinds, kindOf, type Scope, scopeOf } from './kinds.ts'

type Tables = ReadonlyMap<string, Kinds>

/**
 * Checks the values that a query writes by the kinds of their columns, and writes those of JSON
 * columns as text: of nothing else could be told later whether it was meant as JSON.
 */
export function storeAssigned<T extends OperationNode>(query: T, tables: Tables): T {
  // Node by node of the same kind.
  return within(query, { named: tables, sources: new Map(), outer: undefined }) as T

  function within(node: OperationNode, scope: Scope): OperationNode {
    switch (node.kind) {
      case 'ColumnUpdateNode':
        return update(node as ColumnUpdateNode, scope)
      case 'InsertQueryNode': {
        const insert = node as InsertQueryNode
        const target = insert.into ? scopeOf(node, tables) : scope
        return mapNode(insertValues(insert, target), (child) => within(child, target))
      }
      case 'UpdateQueryNode': {
        const target = 'table' in node && node.table ? scopeOf(node, tables) : scope
        return mapNode(node, (child) => within(child, target))
      }
      case 'MergeQueryNode': {
        const target = scopeOf(node, tables)
        return mapNode(node, (child) => within(child, target))
      }
      default:
        return mapNode(node, (child) => within(child, scope))
    }
  }

  function update(node: ColumnUpdateNode, scope: Scope): ColumnUpdateNode {
    const column = nameOf(node.column)
    const value = assignNode(node.value, { column, kind: kindOf(node.column, scope) })
    return { ...node, value: mapNode(value, (child) => within(child, scope)) }
  }
}

interface Target {
  readonly column: string
  readonly kind: ColumnKind | undefined
}

function insertValues(node: InsertQueryNode, scope: Scope): InsertQueryNode {
  if (node.values?.kind !== 'ValuesNode' || !node.columns) return node
  const targets = node.columns.map((column) => ({
    column: column.column.name,
    kind: kindOf(column, scope),
  }))
  const { values } = node.values as ValuesNode
  const rows = values.map((row) =>
    row.kind === 'PrimitiveValueListNode' ? assignList(row, targets) : assignNodes(row, targets),
  )
  return { ...node, values: { ...node.values, values: rows } as ValuesNode }
}

function assignList(
  row: PrimitiveValueListNode,
  targets: readonly Target[],
): PrimitiveValueListNode {
  const values = row.values.map((value, at) => assign(value, targets[at]))
  return { ...row, values }
}

function assignNodes(row: ValueListNode, targets: readonly Target[]): ValueListNode {
  const values = row.values.map((value, at) => assignNode(value, targets[at]))
  return { ...row, values }
}

function assignNode(node: OperationNode, target: Target | undefined): OperationNode {
  if (node.kind !== 'ValueNode') return node
  const { value, immediate } = node as ValueNode
  return immediate ? node : ({ ...node, value: assign(value, target) } as ValueNode)
}

function assign(value: unknown, target: Target | undefined): unknown {
  if (target?.kind === undefined || value === null || value === undefined) return value
  const stored = toStored(target.kind, value)
  if (stored instanceof Problem) {
    throw invalidValues([{ path: target.column, message: stored.message }])
  }
  return target.kind === 'json' ? stored : value
}

function nameOf(column: OperationNode): string {
  const { column: inner } = column as { column?: ColumnNode | { name?: string } }
  if (inner && 'column' in inner) return inner.column.name
  return (inner as { name?: string } | undefined)?.name ?? ''
}

/** The node with other children; values are not nodes, whatever they look like. */
function mapNode<T extends OperationNode>(
  node: T,
  change: (child: OperationNode) => OperationNode,
): T {
  if (node.kind === 'ValueNode' || node.kind === 'PrimitiveValueListNode') return node
  const entries = Object.entries(node).map(([key, value]) => [key, mapChild(value, change)])
  return Object.fromEntries(entries) as T
}

function mapChild(value: unknown, change: (child: OperationNode) => OperationNode): unknown {
  if (Array.isArray(value)) return value.map((item) => mapChild(item, change))
  return isNode(value) ? change(value) : value
}

function isNode(value: unknown): value is OperationNode {
  return typeof value === 'object' && value !== null && 'kind' in value
}
