/** Random bytes in lower-case hexadecimal: no secret, but nobody else's. */
export function randomHex(bytes: number): string {
  const numbers = crypto.getRandomValues(new Uint8Array(bytes))
  return Array.from(numbers, (number) => number.toString(16).padStart(2, '0')).join('')
}

/** A `traceparent` that begins a trace (W3C Trace Context), to be recorded. */
export function newTraceparent(traceId: string): string {
  return `00-${traceId}-${randomHex(8)}-01`
}
