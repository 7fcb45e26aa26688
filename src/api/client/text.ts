import { orAborted } from './cancel.ts'

/** Lets go of a body that nobody reads, without waiting until the other side knows. */
export function discard(body: ReadableStream<Uint8Array> | null): undefined {
  if (!body?.locked) body?.cancel().catch(() => {})
}

/** Reads a body as UTF-8 piece by piece, without a byte order mark. Left early, it is cancelled. */
export async function* readText(
  body: ReadableStream<Uint8Array> | null,
  signal?: AbortSignal,
): AsyncGenerator<string, undefined> {
  if (!body) return
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await orAborted(reader.read(), signal)
      yield decoder.decode(value, { stream: !done })
      if (done) return
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
