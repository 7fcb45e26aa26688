/** A request that is answered before any app sees it, because of how it is written. */
export interface Refusal {
  readonly status: number
  readonly title: string
  readonly code: string
  readonly detail: string
}

/** Refuses a request whose framing or addressing is malformed. */
export function malformed(detail: string): Refusal {
  return { status: 400, title: 'Bad Request', code: 'malformed_request', detail }
}

/** TRACE would echo credentials, and a request about the server as a whole has nothing to ask. */
export const unsupported: Refusal = {
  status: 501,
  title: 'Not Implemented',
  code: 'not_implemented',
  detail: 'The server does not support this kind of request.',
}

/** Node's parser takes any version, in a message that is written as version 1.1 is. */
export const wrongVersion: Refusal = {
  status: 505,
  title: 'HTTP Version Not Supported',
  code: 'http_version_not_supported',
  detail: 'The server speaks HTTP/1.1.',
}

/** The one expectation there is, `100-continue`, is met (RFC 9110, section 10.1.1). */
export const unexpected: Refusal = {
  status: 417,
  title: 'Expectation Failed',
  code: 'expectation_failed',
  detail: 'The server meets no expectation but 100-continue.',
}

/** The answer when the app's own cannot be sent. */
export const failed: Refusal = {
  status: 500,
  title: 'Internal Server Error',
  code: 'internal_error',
  detail: 'The server could not answer this request.',
}

/** The problem document of a refusal (RFC 9457). */
export function problemOf({ status, title, code, detail }: Refusal): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail, code })
}
