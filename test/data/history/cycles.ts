import type { Dependency, Kind } from './dependencies.ts'
import type { Anomaly, AnomalyType, Transaction } from './history.ts'

type Graph = ReadonlyMap<Transaction, readonly Dependency[]>

interface Search {
  readonly type: AnomalyType
  /** The edge that closes the cycle. */
  readonly closing: Kind
  /** The edges that the rest of it may be made of. */
  readonly rest: readonly Kind[]
}

/** From the worst to the mildest: each cycle is found as the worst that it is. */
const searches: readonly Search[] = [
  { type: 'G0', closing: 'ww', rest: ['ww'] },
  { type: 'G1c', closing: 'wr', rest: ['ww', 'wr'] },
  { type: 'G-single', closing: 'rw', rest: ['ww', 'wr'] },
  { type: 'G2', closing: 'rw', rest: ['ww', 'wr', 'rw'] },
  { type: 'realtime', closing: 'rt', rest: ['ww', 'wr', 'rw', 'rt'] },
]

/** Finds cycles among dependencies, one for each type, in a shortest form. */
export function cyclesIn(dependencies: readonly Dependency[]): Anomaly[] {
  const found: Anomaly[] = []
  for (const { type, closing, rest } of searches) {
    const graph = graphOf(dependencies.filter(({ kind }) => rest.includes(kind)))
    const candidates = dependencies.filter(({ kind }) => kind === closing)
    const components = componentsOf(graphOf([...candidates, ...[...graph.values()].flat()]))
    for (const closer of candidates) {
      if (components.get(closer.from) !== components.get(closer.to)) continue
      const path = shortestPath(graph, closer.to, closer.from)
      if (!path) continue
      found.push({ type, words: wordsOf([closer, ...path]) })
      break
    }
  }
  return found
}

function graphOf(dependencies: readonly Dependency[]): Graph {
  const graph = new Map<Transaction, Dependency[]>()
  for (const dependency of dependencies) {
    const outgoing = graph.get(dependency.from)
    if (outgoing) outgoing.push(dependency)
    else graph.set(dependency.from, [dependency])
  }
  return graph
}

/**
 * Numbers the strongly connected components: what is in one has the same number. Tarjan's algorithm,
 * with a stack of its own: a history may be longer than the call stack is deep.
 */
function componentsOf(graph: Graph): ReadonlyMap<Transaction, number> {
  const index = new Map<Transaction, number>()
  const low = new Map<Transaction, number>()
  const component = new Map<Transaction, number>()
  const open: Transaction[] = []
  for (const root of graph.keys()) {
    if (index.has(root)) continue
    const stack = [{ node: root, next: 0 }]
    while (stack.length > 0) {
      const frame = stack[stack.length - 1] as { node: Transaction; next: number }
      const { node } = frame
      if (frame.next === 0) {
        index.set(node, index.size)
        low.set(node, index.get(node) as number)
        open.push(node)
      }
      const edge = graph.get(node)?.[frame.next]
      frame.next += 1
      if (edge) {
        if (!index.has(edge.to)) stack.push({ node: edge.to, next: 0 })
        else if (!component.has(edge.to)) lower(low, node, index.get(edge.to) as number)
        continue
      }
      stack.pop()
      const parent = stack.at(-1)
      if (parent) lower(low, parent.node, low.get(node) as number)
      if (low.get(node) !== index.get(node)) continue
      const members = open.splice(open.lastIndexOf(node))
      for (const member of members) component.set(member, index.get(node) as number)
    }
  }
  return component
}

function lower(low: Map<Transaction, number>, node: Transaction, value: number): void {
  low.set(node, Math.min(low.get(node) as number, value))
}

function shortestPath(graph: Graph, from: Transaction, to: Transaction): Dependency[] | undefined {
  const came = new Map<Transaction, Dependency | undefined>([[from, undefined]])
  // Grows while it is walked through.
  for (const node of came.keys()) {
    if (node === to) return pathTo(came, to)
    for (const edge of graph.get(node) ?? []) if (!came.has(edge.to)) came.set(edge.to, edge)
  }
  return undefined
}

function pathTo(
  came: ReadonlyMap<Transaction, Dependency | undefined>,
  to: Transaction,
): Dependency[] {
  const path: Dependency[] = []
  for (let edge = came.get(to); edge; edge = came.get(edge.from)) path.unshift(edge)
  return path
}

function wordsOf(cycle: readonly Dependency[]): string {
  const [first] = cycle
  return cycle.reduce(
    (words, { kind, to }) => `${words} -${kind}-> ${to.name}`,
    first?.from.name ?? '',
  )
}
