import { misuse } from '../kernel/index.ts'
import { checkDeclaration } from './declaration.ts'
import type { Operation, OperationTree } from './operation.ts'

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/
/** Names that mean something else to objects and promises, and so to a client built of them. */
const TAKEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'then'])

/**
 * Lists the operations of a tree by their ids: the names on the way, joined with dots. Throws
 * `misuse` for a name that is no identifier.
 *
 * ```ts
 * import { listOperations, type OperationTree } from 'plinth/http'
 *
 * export function printRoutes(tree: OperationTree): void {
 *   for (const [id, { spec }] of listOperations(tree)) console.log(id, spec.method, spec.path)
 * }
 * ```
 */
export function listOperations(tree: OperationTree): ReadonlyMap<string, Operation> {
  return new Map(walk(tree, []))
}

/** Whoever mounts operations lists them, and so does the app that they are mounted in. */
const checked = new WeakSet<Operation>()

function* walk(tree: OperationTree, way: readonly string[]): Generator<[string, Operation]> {
  for (const [name, value] of Object.entries(tree)) {
    const id = [...way, name].join('.')
    if (!IDENTIFIER.test(name) || TAKEN.has(name)) {
      throw misuse(`operation ${id}`, `"${name}" cannot be a name; names are identifiers`)
    }
    if (isOperation(value)) {
      if (!checked.has(value)) checkDeclaration(value, id)
      checked.add(value)
      yield [id, value]
    } else if (typeof value === 'object' && value !== null) {
      yield* walk(value as OperationTree, [...way, name])
    } else
      throw misuse(`operation ${id}`, `is ${String(value)}, not an operation or a tree of them`)
  }
}

export function isOperation(value: object): value is Operation {
  if (typeof value !== 'object' || value === null) return false
  return 'handler' in value && (value as Partial<Operation>).kind === 'operation'
}
