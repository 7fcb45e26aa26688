import { assertKnown, misuse } from '../../kernel/index.ts'
import { count } from './numbers.ts'

/** Which series of a metric are meant. */
export interface Selection {
  /** OpenTelemetry's name of it. Default `http.server.request.duration`, the requests that were answered. */
  readonly metric?: string
  /**
   * What their attributes must be: a text, one of several texts, `true` for any and `false` for none at
   * all. Default: every series.
   *
   * `{ 'http.route': '/checkout', 'error.type': true }` are the requests to one route that failed.
   */
  readonly where?: Readonly<Record<string, string | readonly string[] | boolean>>
  /**
   * Of a histogram, only what was measured above it, in the unit of the metric: 0.3 for requests that took
   * more than 300 ms. Exact at a bound of the histogram's buckets, an estimate between two of them.
   */
  readonly above?: number
}

/** A selection as it is looked up. */
export interface Selected {
  readonly metric: string
  readonly above: number | undefined
  matches(labels: Labels): boolean
}

export type Labels = readonly (readonly [name: string, value: string])[]

/** Those that stand in a selection; rules add their own. */
export const SELECTION_KEYS: readonly (keyof Selection)[] = ['metric', 'where', 'above']

export function readSelection(place: string, selection: Selection): Selected {
  const { metric = 'http.server.request.duration', where = {}, above } = selection
  if (typeof metric !== 'string' || metric === '') {
    throw misuse(`${place}.metric`, `is ${JSON.stringify(metric)}; expected the name of a metric`)
  }
  if (above !== undefined) count(`${place}.above`, above, { least: 0 })
  const tests = Object.entries(where).map(([name, wanted]) => testOf(place, name, wanted))
  return { metric, above, matches: (labels) => tests.every((test) => test(labels)) }
}

/** The same of a value that stands by itself, and has no other keys. */
export function readOwnSelection(place: string, selection: Selection): Selected {
  assertKnown(place, selection, SELECTION_KEYS)
  return readSelection(place, selection)
}

function testOf(
  place: string,
  name: string,
  wanted: string | readonly string[] | boolean,
): (labels: Labels) => boolean {
  const valueIn = (labels: Labels) => labels.find(([label]) => label === name)?.[1]
  if (typeof wanted === 'boolean') return (labels) => (valueIn(labels) !== undefined) === wanted
  const allowed: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted]
  if (allowed.length === 0 || allowed.some((value) => typeof value !== 'string')) {
    const expected = 'expected a text, a list of texts, true or false'
    throw misuse(`${place}.where[${JSON.stringify(name)}]`, expected)
  }
  return (labels) => allowed.includes(valueIn(labels))
}
