import { type AnyTable, marksOf } from './data/index.ts'
import { listOperations, type Operation, type OperationTree } from './http/index.ts'
import { type Mark, marksIn } from './kernel/index.ts'

/**
 * Finds the names of all that is marked: columns, members of columns that hold JSON, and fields of
 * operations. A column of Plinth's own tables counts with its table only: a `number` elsewhere is no
 * telephone number.
 */
export function marksOfAll(
  tables: readonly AnyTable[],
  operations: OperationTree = {},
): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>()
  const add = (name: string, mark: Mark) => {
    if (marks.get(name) !== 'secret') marks.set(name, mark)
  }
  for (const table of tables) {
    const own = table.name.startsWith('plinth_')
    for (const [name, mark] of marksOf(table)) {
      add(`${table.name}.${name}`, mark)
      if (!own) add(name, mark)
    }
    for (const { schema } of own ? [] : Object.values(table.columns)) {
      for (const [name, mark] of marksIn(schema)) add(name, mark)
    }
  }
  for (const { spec } of listed(operations)) {
    for (const schema of schemasOf(spec)) {
      for (const [name, mark] of marksIn(schema)) add(name, mark)
    }
  }
  return marks
}

function listed(operations: OperationTree): Iterable<Operation> {
  try {
    return listOperations(operations).values()
  } catch {
    // What is wrong with the tree is told where it is mounted, in words that help.
    return []
  }
}

/** Schemas stand bare, or in what says how the body is written: `json(schema)`, `multipart({ fields })`. */
function schemasOf(spec: Operation['spec']): unknown[] {
  const { params, query, headers, cookies, body, responses } = spec
  return [params, query, headers, cookies, body, ...Object.values(responses)].flatMap((part) => {
    const { schema, fields } = (part ?? {}) as Readonly<Record<string, unknown>>
    return [part, schema, fields]
  })
}
