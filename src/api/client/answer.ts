import { ClientError } from './error.ts'
import type { ProblemBody } from './types.ts'

/** An answer, whatever its operation declares. */
export interface Answer {
  readonly status: number
  /** Parsed JSON, text of another media type, or undefined when there is none. */
  readonly body: unknown
  readonly headers: Headers
}

/** Reads a response. An error that came from a gateway instead of the server becomes a problem too. */
export async function readAnswer(name: string, response: Response): Promise<Answer> {
  const { status, headers } = response
  const text = await response.text()
  if (/\bjson\b/i.test(headers.get('content-type') ?? '')) {
    return { status, headers, body: text === '' ? undefined : parse(name, text) }
  }
  if (status >= 400) return { status, headers, body: toProblem(response, text) }
  return { status, headers, body: text === '' ? undefined : text }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ClientError('invalid_answer', `${name}: the answer says JSON but is not`, cause)
  }
}

const EXCERPT = 500

function toProblem({ status, statusText }: Response, text: string): ProblemBody {
  return {
    type: 'about:blank',
    title: statusText || `Status ${status}`,
    status,
    detail: text.slice(0, EXCERPT),
    code: 'unexpected_answer',
  }
}
