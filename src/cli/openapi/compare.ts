import { compareBodies } from './bodies.ts'
import type { Change, Difference, Pair } from './change.ts'
import { type Document, operationsOf, type Placed } from './document.ts'
import { compareParameters } from './parameters.ts'
import { compareResponses } from './responses.ts'
import { compareSecurity } from './security.ts'

type Compare = (pair: Pair) => readonly Difference[]

const COMPARISONS: readonly Compare[] = [
  compareIdentity,
  compareSecurity,
  compareParameters,
  compareBodies,
  compareResponses,
]

/** Finds what has changed between an earlier document and a later one, operation by operation. */
export function compareDocuments(before: Document, after: Document): Change[] {
  const later = operationsOf(after)
  const paired = new Set<Placed>()
  const changes = operationsOf(before).flatMap((earlier) => {
    const same = counterpart(earlier, later)
    if (same) paired.add(same)
    return same ? comparePair({ before: earlier, after: same }) : [removed(earlier, later)]
  })
  const added = later.filter((each) => !paired.has(each))
  return [...changes, ...added.map(isNew)]
}

function comparePair(pair: Pair): Change[] {
  const name = nameOf(pair.before)
  return COMPARISONS.flatMap((compare) => compare(pair)).map(({ place, ...difference }) => {
    return { place: place === '' ? name : `${name} ${place}`, ...difference }
  })
}

/** The operation at the same address; what a path's parameters are called does not matter. */
function counterpart(placed: Placed, others: readonly Placed[]): Placed | undefined {
  return others.find((other) => addressOf(other) === addressOf(placed))
}

function addressOf({ method, path }: Placed): string {
  return `${method} ${path.replaceAll(/\{[^{}]*\}/g, '{}')}`
}

function nameOf({ method, path, operation }: Placed): string {
  return `${method} ${path}${operation.operationId ? ` (${operation.operationId})` : ''}`
}

function removed(placed: Placed, later: readonly Placed[]): Change {
  const { operationId } = placed.operation
  const moved = later.find(({ operation }) => {
    return operationId !== undefined && operation.operationId === operationId
  })
  const reason = moved ? `moved to ${moved.method} ${moved.path}` : 'was removed'
  return { place: nameOf(placed), reason, breaking: true }
}

function isNew(placed: Placed): Change {
  return { place: nameOf(placed), reason: 'is new', breaking: false }
}

function compareIdentity({ before, after }: Pair): Difference[] {
  const [from, to] = [before.operation, after.operation]
  return [
    ...(from.operationId === to.operationId
      ? []
      : [{ place: '', reason: `is named ${to.operationId} now`, breaking: true }]),
    ...(to.deprecated && !from.deprecated
      ? [{ place: '', reason: 'is deprecated now', breaking: false }]
      : []),
  ]
}
