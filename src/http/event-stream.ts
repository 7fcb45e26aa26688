import { misuse } from '../kernel/index.ts'
import type { Asked } from './answering.ts'
import type { ServerEvent } from './events.ts'
import { toJson } from './json-text.ts'
import { streamOf } from './stream.ts'

/** Below the half minute after which the most impatient of common proxies give up. */
const HEARTBEAT = 15_000

/** Starts the stream of a body, or answers undefined for what is none. */
export function toEventStream(
  body: unknown,
  asked: Asked,
  place: string,
): ReadableStream<Uint8Array> | undefined {
  return streamOf(body, {
    asked,
    place,
    write: (item) => writeEvent(item as ServerEvent, place),
    heartbeat: { every: HEARTBEAT, text: ':\n\n' },
  })
}

function writeEvent({ id, event, retry, data }: ServerEvent, place: string): string {
  let text = ''
  if (id !== undefined) text += `id: ${field('id', id, { refused: NO_ID, place })}\n`
  if (event !== undefined) text += `event: ${field('event', event, { refused: NO_LINE, place })}\n`
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0) {
      throw misuse(place, `sent an event whose retry is ${retry}; expected whole milliseconds`)
    }
    text += `retry: ${retry}\n`
  }
  const json = toJson(data)
  if (json === undefined) throw misuse(place, 'sent an event without data')
  // JSON has no line breaks outside of its texts, and there they are escaped.
  return `${text}data: ${json}\n\n`
}

/** A line break would let whoever chose the value write fields and events of their own. */
const NO_LINE = /[\r\n]/
/** The client ignores an id with NUL in it. */
const NO_ID = /[\r\n\0]/

function field(
  name: string,
  value: string,
  { refused, place }: { readonly refused: RegExp; readonly place: string },
): string {
  if (typeof value === 'string' && !refused.test(value)) return value
  throw misuse(place, `sent an event whose ${name} has a line break or is no text`)
}
