import type { Difference, Pair } from './change.ts'
import { differences } from './differences.ts'
import { type Placed, type Response, resolve } from './document.ts'

/** Statuses that are gone or new, and what their answers hold. */
export function compareResponses({ before, after }: Pair): Difference[] {
  const earlier = responsesOf(before)
  const later = responsesOf(after)
  const known = [...earlier].flatMap(([status, response]) => {
    const same = later.get(status)
    if (!same) return [removed(status)]
    const place = `answer ${status}`
    const documents = { before: before.document, after: after.document }
    return [...headers(place, response, same), ...contents(place, { response, same, documents })]
  })
  const added = [...later.keys()].filter((status) => !earlier.has(status))
  return [
    ...known,
    ...added.map((status) => ({ place: `answer ${status}`, reason: 'is new', breaking: false })),
  ]
}

function responsesOf({ operation, document }: Placed): Map<string, Response> {
  const { responses = {} } = operation
  return new Map(
    Object.entries(responses).map(([status, response]) => [status, resolve(response, document)]),
  )
}

/** A refusal that does not happen any more is missed by nobody. */
function removed(status: string): Difference {
  const breaking = /^[123]/.test(status)
  return { place: `answer ${status}`, reason: 'is not given any more', breaking }
}

function headers(place: string, before: Response, after: Response): Difference[] {
  const names = (response: Response) => {
    return new Map(Object.keys(response.headers ?? {}).map((name) => [name.toLowerCase(), name]))
  }
  const [earlier, later] = [names(before), names(after)]
  const gone = [...earlier].filter(([key]) => !later.has(key))
  const added = [...later].filter(([key]) => !earlier.has(key))
  return [
    ...gone.map(([, name]) => {
      return { place: `${place} header ${name}`, reason: 'is not sent any more', breaking: true }
    }),
    ...added.map(([, name]) => {
      return { place: `${place} header ${name}`, reason: 'is new', breaking: false }
    }),
  ]
}

interface Contents {
  readonly response: Response
  readonly same: Response
  readonly documents: { readonly before: Placed['document']; readonly after: Placed['document'] }
}

function contents(place: string, { response, same, documents }: Contents): Difference[] {
  const earlier = response.content ?? {}
  const later = same.content ?? {}
  const known = Object.entries(earlier).flatMap(([mediaType, { schema }]) => {
    const counterpart = later[mediaType]
    if (!counterpart) {
      return [{ place, reason: `${mediaType} is not given any more`, breaking: true }]
    }
    return differences({
      side: 'response',
      place,
      before: { schema, document: documents.before },
      after: { schema: counterpart.schema, document: documents.after },
    })
  })
  const added = Object.keys(later).filter((mediaType) => !Object.hasOwn(earlier, mediaType))
  return [
    ...known,
    ...added.map((mediaType) => {
      return { place, reason: `${mediaType} may be given now`, breaking: false }
    }),
  ]
}
