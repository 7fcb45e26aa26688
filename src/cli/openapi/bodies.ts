import type { Difference, Pair } from './change.ts'
import { differences } from './differences.ts'

/** Bodies that are gone, new or newly required, and what they are made of. */
export function compareBodies({ before, after }: Pair): Difference[] {
  const place = 'body'
  const { requestBody: earlier } = before.operation
  const { requestBody: later } = after.operation
  if (!earlier && !later) return []
  if (!earlier) {
    const breaking = later?.required === true
    return [{ place, reason: breaking ? 'is new and required' : 'is new', breaking }]
  }
  if (!later) return [{ place, reason: 'is not read any more', breaking: false }]
  const [was, is] = [earlier.required === true, later.required === true]
  const reason = is ? 'is required now' : 'is optional now'
  return [
    ...(was === is ? [] : [{ place, reason, breaking: is }]),
    ...mediaTypes({ before, after }),
  ]
}

function mediaTypes({ before, after }: Pair): Difference[] {
  const earlier = before.operation.requestBody?.content ?? {}
  const later = after.operation.requestBody?.content ?? {}
  const known = Object.entries(earlier).flatMap(([mediaType, { schema }]) => {
    const same = later[mediaType]
    if (!same) {
      return [{ place: 'body', reason: `${mediaType} is not taken any more`, breaking: true }]
    }
    return differences({
      side: 'request',
      place: 'body',
      before: { schema, document: before.document },
      after: { schema: same.schema, document: after.document },
    })
  })
  const added = Object.keys(later).filter((mediaType) => !Object.hasOwn(earlier, mediaType))
  return [
    ...known,
    ...added.map((mediaType) => {
      return { place: 'body', reason: `${mediaType} is taken as well`, breaking: false }
    }),
  ]
}
