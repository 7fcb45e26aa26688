import type {
  CommonTableExpressionNode,
  IdentifierNode,
  OperationNode,
  ReferenceNode,
  SelectionNode,
} from 'kysely'
import type { ColumnKind } from '../../column.ts'
import { type QueryNode, type SourceNode, tableName, type ValueSourceNode } from './nodes.ts'

/** What columns hold, by their names in order; undefined where that is not known. */
export type Kinds = ReadonlyMap<string, ColumnKind | undefined>

/** The names that a query can use. */
export interface Scope {
  /** Tables, and what `with` names. */
  readonly named: ReadonlyMap<string, Kinds>
  /** What the query reads and writes, by alias. */
  readonly sources: ReadonlyMap<string, Kinds>
  /** Of the query around it. */
  readonly outer: Scope | undefined
}

const NONE: Kinds = new Map()

/** What the columns of a query's rows hold. */
export function kindsOf(
  query: OperationNode,
  named: ReadonlyMap<string, Kinds>,
  outer?: Scope,
): Kinds {
  const selections = selectionsOf(query)
  if (selections.length === 0) return NONE
  const scope = scopeOf(query, named, outer)
  return new Map(selections.flatMap(({ selection }) => [...outputs(selection, scope)]))
}

function selectionsOf(query: OperationNode): readonly SelectionNode[] {
  const node = query as QueryNode
  switch (node.kind) {
    case 'SelectQueryNode':
      // A plan has columns of its own.
      return node.explain ? [] : (node.selections ?? [])
    case 'InsertQueryNode':
    case 'UpdateQueryNode':
    case 'DeleteQueryNode':
    case 'MergeQueryNode':
      return node.returning?.selections ?? []
    default:
      return []
  }
}

/** What the parts of a query can refer to. */
export function scopeOf(
  query: OperationNode,
  tables: ReadonlyMap<string, Kinds>,
  outer?: Scope,
): Scope {
  const named = new Map(tables)
  const sources = new Map<string, Kinds>()
  const scope = { named, sources, outer }
  for (const expression of (query as QueryNode).with?.expressions ?? []) {
    named.set(expression.name.table.table.identifier.name, kindsOfNamed(expression, scope))
  }
  for (const source of sourcesOf(query as QueryNode)) addSource(source, scope, sources)
  return scope
}

/** `with` may name the columns anew, in the order of what is selected: unknown where that is `*`. */
function kindsOfNamed({ name, expression }: CommonTableExpressionNode, scope: Scope): Kinds {
  const kinds = kindsOf(expression, scope.named, scope.outer)
  if (!name.columns) return kinds
  const selections = selectionsOf(expression)
  if (selections.some(isAll) || kinds.size !== name.columns.length) return NONE
  const inOrder = [...kinds.values()]
  return new Map(name.columns.map(({ column }, at) => [column.name, inOrder[at]]))
}

function isAll({ selection }: SelectionNode): boolean {
  const node = selection as ValueSourceNode
  return (
    node.kind === 'SelectAllNode' ||
    (node.kind === 'ReferenceNode' && node.column.kind === 'SelectAllNode')
  )
}

function sourcesOf(node: QueryNode): readonly (OperationNode | undefined)[] {
  switch (node.kind) {
    case 'SelectQueryNode':
      return [...(node.from?.froms ?? []), ...tablesOf(node.joins)]
    case 'InsertQueryNode':
      return [node.into]
    case 'UpdateQueryNode':
      return [node.table, ...(node.from?.froms ?? []), ...tablesOf(node.joins)]
    case 'DeleteQueryNode':
      return [...node.from.froms, ...(node.using?.tables ?? []), ...tablesOf(node.joins)]
    case 'MergeQueryNode':
      return [node.into, node.using?.table]
  }
}

function tablesOf(joins: readonly { readonly table: OperationNode }[] = []): OperationNode[] {
  return joins.map(({ table }) => table)
}

function addSource(
  node: OperationNode | undefined,
  scope: Scope,
  sources: Map<string, Kinds>,
): void {
  const source = node as SourceNode | undefined
  if (source?.kind === 'ListNode') {
    for (const item of source.items) addSource(item, scope, sources)
  } else if (source?.kind === 'TableNode') {
    sources.set(source.table.identifier.name, kindsOfTable(source, scope))
  } else if (source?.kind === 'AliasNode') {
    const alias = nameOf(source.alias)
    if (alias === undefined) return
    const table = tableName(source.node) !== undefined
    const kinds = table
      ? kindsOfTable(source.node, scope)
      : kindsOf(source.node, scope.named, scope)
    sources.set(alias, kinds)
  }
}

function kindsOfTable(node: OperationNode, { named }: Scope): Kinds {
  return named.get(tableName(node) ?? '') ?? NONE
}

function nameOf(node: OperationNode): string | undefined {
  return node.kind === 'IdentifierNode' ? (node as IdentifierNode).name : undefined
}

/** The columns that one selection puts into a row. */
function outputs(selection: OperationNode, scope: Scope): Kinds {
  const node = selection as ValueSourceNode
  switch (node.kind) {
    case 'SelectAllNode':
      return new Map([...scope.sources.values()].flatMap((kinds) => [...kinds]))
    case 'ReferenceNode':
      if (node.column.kind === 'SelectAllNode') return sourceOf(node, scope) ?? NONE
      return new Map([[node.column.column.name, kindOf(node, scope)]])
    case 'ColumnNode':
      return new Map([[node.column.name, kindOf(node, scope)]])
    case 'AliasNode': {
      const name = nameOf(node.alias)
      return name === undefined ? NONE : new Map([[name, kindOf(node.node, scope)]])
    }
    default:
      return NONE
  }
}

/** What a value holds, by the column that it comes from. */
export function kindOf(value: OperationNode | undefined, scope: Scope): ColumnKind | undefined {
  const node = value as ValueSourceNode | undefined
  switch (node?.kind) {
    case 'ReferenceNode': {
      if (node.column.kind === 'SelectAllNode') return undefined
      const { name } = node.column.column
      return node.table ? sourceOf(node, scope)?.get(name) : kindOfColumn(name, scope)
    }
    case 'ColumnNode':
      return kindOfColumn(node.column.name, scope)
    case 'AliasNode':
    case 'ParensNode':
      return kindOf(node.node, scope)
    case 'AggregateFunctionNode':
      return kindOfCall(node.func, node.aggregated, scope)
    case 'FunctionNode':
      return kindOfCall(node.func, node.arguments, scope)
    case 'CaseNode':
      return firstKind([...(node.when ?? []).map(({ result }) => result), node.else], scope)
    case 'SelectQueryNode':
      return kindsOf(node, scope.named, scope).values().next().value
    default:
      return undefined
  }
}

function kindOfCall(
  name: string,
  values: readonly OperationNode[],
  scope: Scope,
): ColumnKind | undefined {
  return CHOOSE.has(name) ? firstKind(values, scope) : undefined
}

/** Functions that answer with one of the values that they are given. */
const CHOOSE = new Set(['min', 'max', 'coalesce'])

function firstKind(
  nodes: readonly (OperationNode | undefined)[],
  scope: Scope,
): ColumnKind | undefined {
  for (const node of nodes) {
    const kind = kindOf(node, scope)
    if (kind !== undefined) return kind
  }
  return undefined
}

function sourceOf({ table }: ReferenceNode, scope: Scope): Kinds | undefined {
  const name = table?.table.identifier.name
  for (let within: Scope | undefined = scope; name !== undefined && within; within = within.outer) {
    const source = within.sources.get(name)
    if (source) return source
  }
  return undefined
}

function kindOfColumn(name: string, scope: Scope): ColumnKind | undefined {
  for (let within: Scope | undefined = scope; within; within = within.outer) {
    for (const source of within.sources.values()) {
      if (source.has(name)) return source.get(name)
    }
  }
  return undefined
}
