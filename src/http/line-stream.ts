import { misuse } from '../kernel/index.ts'
import type { Asked } from './answering.ts'
import { toJson } from './json-text.ts'
import { streamOf } from './stream.ts'

/** Starts the stream of a body, or answers undefined for what is none. */
export function toLineStream(
  body: unknown,
  asked: Asked,
  place: string,
): ReadableStream<Uint8Array> | undefined {
  return streamOf(body, { asked, place, write: (item) => writeLine(item, place) })
}

function writeLine(item: unknown, place: string): string {
  const json = toJson(item)
  if (json === undefined) throw misuse(place, 'sent a line without a value')
  return `${json}\n`
}
