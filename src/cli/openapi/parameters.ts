import type { Difference, Pair } from './change.ts'
import { differences } from './differences.ts'
import type { Parameter, Placed } from './document.ts'

/** Parameters that are gone, new, newly required, or take other values. */
export function compareParameters({ before, after }: Pair): Difference[] {
  const earlier = parametersOf(before)
  const later = parametersOf(after)
  const gone = [...earlier].flatMap(([key, parameter]) => {
    return later.has(key) ? [] : [removed(parameter)]
  })
  const others = [...later].flatMap(([key, parameter]) => {
    const same = earlier.get(key)
    if (!same) return [added(parameter)]
    return [
      ...necessity(same, parameter),
      ...differences({
        side: 'request',
        place: placeOf(parameter),
        before: { schema: same.schema, document: before.document },
        after: { schema: parameter.schema, document: after.document },
      }),
    ]
  })
  return [...gone, ...others]
}

/** By name; those of a path by their position, since only that shows in an address. */
function parametersOf({ path, operation }: Placed): Map<string, Parameter> {
  const positions = Array.from(path.matchAll(/\{([^{}]*)\}/g), ([, name]) => name ?? '')
  const { parameters = [] } = operation
  return new Map(
    parameters.map((parameter) => {
      const { name, in: where } = parameter
      const key = where === 'path' ? positions.indexOf(name) : name.toLowerCase()
      return [`${where} ${where === 'query' || where === 'cookie' ? name : key}`, parameter]
    }),
  )
}

function placeOf({ in: where, name }: Parameter): string {
  return `${where} ${name}`
}

function removed(parameter: Parameter): Difference {
  // A query with a key that is not known is refused; other header fields and cookies are passed over.
  const breaking = parameter.in === 'query'
  return { place: placeOf(parameter), reason: 'is not taken any more', breaking }
}

function added(parameter: Parameter): Difference {
  return parameter.required
    ? { place: placeOf(parameter), reason: 'is new and required', breaking: true }
    : { place: placeOf(parameter), reason: 'is new', breaking: false }
}

function necessity(before: Parameter, after: Parameter): Difference[] {
  const [was, is] = [before.required === true, after.required === true]
  if (was === is) return []
  const reason = is ? 'is required now' : 'is optional now'
  return [{ place: placeOf(after), reason, breaking: is }]
}
