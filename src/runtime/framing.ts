import type { Outgoing } from '../http/index.ts'

/** Whether an answer of this status may have a body (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5). */
export function allowsBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304
}

/**
 * Whether a header that the app has set stays with its answer. Framing and the connection are the
 * server's: an app's own idea of them could split one answer into two. It may tell the length of
 * what the server cannot measure: a stream, and the body that an answer to HEAD leaves away.
 */
export function keepsHeader(name: string, { body }: Outgoing, method: string): boolean {
  switch (name) {
    case 'connection':
    case 'keep-alive':
    case 'transfer-encoding':
      return false
    case 'content-length':
      return body instanceof ReadableStream || (body === null && method === 'HEAD')
    default:
      return true
  }
}

/** Whether an answer is a stream of events: it has no end of its own, and its client comes back. */
export function isEventStream({ headers, body }: Outgoing): boolean {
  if (!(body instanceof ReadableStream)) return false
  return String(headers['content-type']).startsWith('text/event-stream')
}

/** The answer without what `Response` refuses or a runtime would send as it stands. */
export function framed(outgoing: Outgoing, method: string): Outgoing {
  const { status, headers } = outgoing
  let { body } = outgoing
  if (body !== null && !allowsBody(status)) {
    if (body instanceof ReadableStream) body.cancel().catch(() => {})
    body = null
  }
  const names = Object.keys(headers)
  if (names.every((name) => keepsHeader(name, outgoing, method))) return { status, headers, body }
  const kept = Object.entries(headers).filter(([name]) => keepsHeader(name, outgoing, method))
  return { status, headers: Object.fromEntries(kept), body }
}
