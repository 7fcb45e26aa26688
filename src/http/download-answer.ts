import { misuse } from '../kernel/index.ts'
import type { AnswerHead } from './answer-head.ts'
import type { AnswerEncoder, Asked } from './answering.ts'
import { answerUnchanged } from './conditional.ts'
import { type PreparedDownload, prepareDownload } from './download-file.ts'
import type { Outgoing } from './message.ts'
import { findRange, type Range } from './range.ts'
import { streamOf } from './stream.ts'

/** Creates the encoder of a file: whole, in part, or not at all when the client has it. */
export function createDownloadEncoder(
  head: AnswerHead,
  { place, revalidates }: { readonly place: string; readonly revalidates: boolean },
): AnswerEncoder {
  return ({ status, headers: own, body }, asked) => {
    const file = prepareDownload(body, place)
    if (!file)
      throw misuse(place, `answered ${status} with a body that is no Blob and has no read()`)
    const ranges = revalidates ? { 'accept-ranges': 'bytes' } : undefined
    const headers = head({ ...file.headers, ...ranges, ...own }, asked)
    const { incoming } = asked.exchange
    const unchanged = revalidates ? answerUnchanged(incoming, headers, place) : undefined
    if (unchanged) return unchanged
    const range = revalidates ? findRange(incoming, { size: file.size, headers }) : undefined
    const { start, end } = range ?? { start: 0, end: file.size }
    const length = { 'content-length': String(end - start) }
    return {
      status: range ? 206 : status,
      headers: range
        ? { ...headers, ...length, 'content-range': `bytes ${start}-${end - 1}/${file.size}` }
        : { ...headers, ...length },
      body: incoming.method === 'HEAD' ? null : bodyOf(file, { start, end }, { asked, place }),
    }
  }
}

function bodyOf(
  file: PreparedDownload,
  range: Range,
  { asked, place }: { readonly asked: Asked; readonly place: string },
): Outgoing['body'] {
  if (range.start === range.end) return new Uint8Array()
  const chunks = readChunks(file, range, place)
  return streamOf(chunks, { asked, place, write: (chunk) => chunk as Uint8Array }) ?? null
}

/** Not a generator: one that waits for a chunk cannot be told to end before the chunk has come. */
function readChunks(
  file: PreparedDownload,
  { start, end }: Range,
  place: string,
): AsyncIterable<Uint8Array> {
  let left = end - start
  let opening: Promise<ReadableStreamDefaultReader<Uint8Array>> | undefined
  const open = async () => toStream(await file.read(start, end)).getReader()
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      opening ??= open()
      const { done, value } = await (await opening).read()
      if (!done && !(value instanceof Uint8Array)) {
        throw misuse(
          place,
          `read() gave ${typeof value}; expected a Uint8Array or a stream of them`,
        )
      }
      left -= value?.length ?? 0
      // The client was told how many bytes there are: with others it would wait, or read too far.
      if (left < 0 || (done && left > 0)) {
        throw misuse(place, `read() gave ${end - start - left} bytes; expected ${end - start}`)
      }
      return done ? { done, value: undefined } : { done: false, value }
    },
    async return() {
      await (await opening)?.cancel()
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

function toStream(content: ReadableStream<Uint8Array> | Uint8Array): ReadableStream<Uint8Array> {
  if (content instanceof ReadableStream) return content
  return new ReadableStream({
    start(controller) {
      controller.enqueue(content)
      controller.close()
    },
  })
}
