import { type PartHead, parsePartHead } from './part-head.ts'
import { malformed } from './reader.ts'

/** A part of a multipart body, whose content is read before the next part is asked for. */
export interface Part {
  readonly head: PartHead
  /** Bytes that the head took. */
  readonly headLength: number
  /** Some more of the content; undefined at its end. */
  readonly read: () => Promise<Uint8Array | undefined>
}

/** The parts of a body one after another. */
export interface PartReader {
  /** The next part; undefined after the last. What is left of the one before must have been read. */
  readonly next: () => Promise<Part | undefined>
  /** Ends the reading: what waits for more is refused with the reason. */
  readonly cancel: (reason: unknown) => void
}

/** Bytes of a part's head. */
export const MAX_HEAD = 8_192

const DASHES = bytesOf('--')
const LINE_END = bytesOf('\r\n')
const HEAD_END = bytesOf('\r\n\r\n')

/**
 * Reads a multipart body (RFC 2046, section 5.1) as it arrives, holding no more of it than the last
 * chunk. What parsers read in different ways is refused with `invalid_multipart` (400): a preamble or
 * an epilogue, padding after a boundary, lines that end otherwise than in CR LF; and so is a body
 * that ends before its last boundary.
 */
export function createPartReader(stream: ReadableStream<Uint8Array>, boundary: string): PartReader {
  const source = stream.getReader()
  const delimiter = bytesOf(`\r\n--${boundary}`)
  // The line end that belongs to a delimiter is missing before the first one.
  let buffer = LINE_END
  let begun = false
  let failure: { readonly reason: unknown } | undefined
  return {
    next,
    cancel(reason) {
      failure ??= { reason }
      source.cancel(reason).catch(() => {})
    },
  }

  async function next(): Promise<Part | undefined> {
    if (!begun) await begin()
    if (await accept(DASHES)) return finish()
    if (!(await accept(LINE_END))) throw invalid('has text after a boundary')
    const head = await readHead()
    return { head: parsePartHead(head), headLength: head.length, read: createRead() }
  }

  /** Reads one part to its end and no further. */
  function createRead(): Part['read'] {
    let ended = false
    return async () => {
      const chunk = ended ? undefined : await read()
      ended = chunk === undefined
      return chunk
    }
  }

  async function begin(): Promise<void> {
    begun = true
    const before = await read()
    // One empty line is what some senders put there.
    if (before !== undefined && (before.length > 2 || (await read()) !== undefined)) {
      throw invalid('does not begin with its boundary')
    }
  }

  async function finish(): Promise<undefined> {
    await accept(LINE_END)
    const more = buffer.length > 0 || (await fill())
    if (more) throw invalid('goes on after its last boundary')
  }

  async function read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const at = findStart(buffer, delimiter)
      if (at > 0) return take(at)
      if (buffer.length >= delimiter.length) {
        take(delimiter.length)
        return undefined
      }
      await demand()
    }
  }

  async function readHead(): Promise<Uint8Array> {
    for (let from = 0; ; ) {
      const at = findStart(buffer, HEAD_END, from)
      if (at > MAX_HEAD) throw invalid(`has a part with more than ${MAX_HEAD} bytes of header`)
      if (at + HEAD_END.length <= buffer.length) {
        const head = take(at)
        take(HEAD_END.length)
        return head
      }
      from = at
      await demand()
    }
  }

  /** Takes the bytes if they come next. */
  async function accept(bytes: Uint8Array): Promise<boolean> {
    while (buffer.length < bytes.length && (await fill())) {}
    const next = buffer.length >= bytes.length && bytes.every((byte, at) => buffer[at] === byte)
    if (next) take(bytes.length)
    return next
  }

  async function demand(): Promise<void> {
    if (!(await fill())) throw invalid('ends before its last boundary')
  }

  /** Waits for more; false at the end. */
  async function fill(): Promise<boolean> {
    for (;;) {
      const { done, value } = failure ? STOPPED : await source.read()
      if (failure) throw failure.reason
      if (done) return false
      if (value.length === 0) continue
      buffer = buffer.length === 0 ? value : joined(buffer, value)
      return true
    }
  }

  function take(length: number): Uint8Array {
    const taken = buffer.subarray(0, length)
    buffer = buffer.subarray(length)
    return taken
  }
}

const STOPPED = { done: true, value: undefined } as const

/**
 * Where `wanted` begins, or may begin with its rest still to come; the length of `bytes` where it does
 * not.
 */
function findStart(bytes: Uint8Array, wanted: Uint8Array, from = 0): number {
  const [first = 0] = wanted
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (isAt(bytes, at, wanted)) return at
  }
  return bytes.length
}

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  const length = Math.min(wanted.length, bytes.length - at)
  for (let index = 1; index < length; index++) {
    if (bytes[at + index] !== wanted[index]) return false
  }
  return true
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function invalid(what: string): Error {
  return malformed('invalid_multipart', `The body ${what}.`)
}
