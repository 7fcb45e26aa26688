/** Identifiers that are made at once: one is a part of their text, which costs a third of making it alone. */
const BATCH = 64
const TRACE_DIGITS = 32
const SPAN_DIGITS = 16

const DIGITS = new TextEncoder().encode('0123456789abcdef')
const decoder = new TextDecoder()
const batch = new Uint8Array(BATCH * TRACE_DIGITS)

let text = ''
let at = 0

/** A new identifier of a trace, as W3C Trace Context writes it. */
export function traceId(): string {
  return digits(TRACE_DIGITS)
}

/** A new identifier of a span. */
export function spanId(): string {
  return digits(SPAN_DIGITS)
}

/** Identifiers of traces are to be unique, not secret: W3C Trace Context asks no more. */
function digits(count: number): string {
  if (at + count > text.length) refill()
  const from = at
  at += count
  return text.slice(from, at)
}

function refill(): void {
  for (let place = 0; place < batch.length; place += 8) {
    let bits = (Math.random() * 0x1_0000_0000) >>> 0
    for (let digit = place; digit < place + 8; digit += 1) {
      batch[digit] = DIGITS[bits & 15] as number
      bits >>>= 4
    }
  }
  text = decoder.decode(batch)
  at = 0
}
