import { PlinthError } from '../kernel/index.ts'

/** A problem document (RFC 9457): what every refusal and failure looks like on the wire. */
export interface Problem {
  /** `about:blank`: what went wrong is told by `code`, not by a page. */
  readonly type: string
  /** The name of the status. */
  readonly title: string
  readonly status: number
  /** One sentence for the caller. */
  readonly detail: string
  /** Names the problem for code to switch on, such as `invalid_input`. */
  readonly code: string
  /** What an error adds, such as `issues`. */
  readonly [member: string]: unknown
}

/**
 * Turns whatever was thrown into the problem document that the caller may see.
 *
 * A `PlinthError` below 500, or of 503, shows its code, message and details. Anything else becomes
 * one general document with the code `internal_error`, so causes, messages and stacks stay inside.
 *
 * ```ts
 * import { toProblem } from 'plinth/http'
 * import { PlinthError } from 'plinth/kernel'
 *
 * console.log(toProblem(new PlinthError('sold_out', 'None are left.', { status: 409 })).title) // Conflict
 * console.log(toProblem(new Error('password=1234')).code) // internal_error
 * ```
 */
export function toProblem(error: unknown): Problem {
  if (!isPublic(error)) return INTERNAL
  const problem: Problem = {
    type: 'about:blank',
    title: titleOf(error.status),
    status: error.status,
    detail: error.message,
    code: error.code,
  }
  // Details come last to a reader, but replace nothing.
  return error.details ? { ...problem, ...error.details, ...problem } : problem
}

/** Tests whether an error was meant for the caller: a refusal, or the news that the service is busy. */
export function isPublic(error: unknown): error is PlinthError {
  if (!(error instanceof PlinthError) || !Number.isInteger(error.status)) return false
  return (error.status >= 400 && error.status < 500) || error.status === 503
}

const INTERNAL: Problem = {
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  detail: 'The server could not answer this request.',
  code: 'internal_error',
}

function titleOf(status: number): string {
  return TITLES[status] ?? (status < 500 ? 'Bad Request' : 'Service Unavailable')
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  503: 'Service Unavailable',
}
