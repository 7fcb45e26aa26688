import type { Difference, Pair } from './change.ts'
import type { Operation } from './document.ts'

/** Ways in that are gone or new, and who may come in. */
export function compareSecurity({ before, after }: Pair): Difference[] {
  const [from, to] = [before.operation, after.operation]
  return [...ways(from, to), ...guards(from, to)]
}

function ways(from: Operation, to: Operation): Difference[] {
  const place = 'security'
  const earlier = waysOf(from)
  const later = waysOf(to)
  if (isOpen(earlier) && !isOpen(later)) {
    return [{ place, reason: `asks for ${later.join(' or ')} now`, breaking: true }]
  }
  if (isOpen(later)) {
    return isOpen(earlier) ? [] : [{ place, reason: 'asks for nothing any more', breaking: false }]
  }
  const gone = earlier.filter((way) => !later.includes(way))
  const added = later.filter((way) => !earlier.includes(way))
  return [
    ...gone.map((way) => ({ place, reason: `${way} does not open it any more`, breaking: true })),
    ...added.map((way) => ({ place, reason: `${way} opens it as well`, breaking: false })),
  ]
}

/** Each way in by the names of its schemes; an empty name lets everybody in. */
function waysOf({ security = [] }: Operation): string[] {
  return security.map((schemes) => Object.keys(schemes).sort().join(' and '))
}

function isOpen(ways: readonly string[]): boolean {
  return ways.length === 0 || ways.includes('')
}

/** Two guards are names: whether one lets more in than the other, only people can tell. */
function guards(from: Operation, to: Operation): Difference[] {
  const [one, other] = [from['x-guard'], to['x-guard']]
  if (one === other || other === undefined) return []
  return [{ place: 'security', reason: `is for "${other}" now, was for "${one}"`, breaking: false }]
}
