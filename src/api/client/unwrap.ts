import { ClientError } from './error.ts'
import type { ProblemBody } from './types.ts'

/** Any result of a call. */
export interface AnyResult {
  readonly status: number
  readonly body: unknown
}

/** What `unwrap` gives of a result: the body of a success. */
export type Unwrapped<Given extends AnyResult> = Extract<
  Given,
  { readonly status: 200 | 201 | 202 | 203 | 204 | 205 | 206 }
>['body']

/**
 * Gives the body of a success, and throws a `ClientError` for every other result: for scripts, tests
 * and places where a failure has one meaning.
 *
 * The error's `code` is `refused`, with the answer's `status` and `problem`; for a result of status 0
 * it is that result's own code.
 *
 * ```ts
 * import { type Call, unwrap } from 'plinth/client'
 *
 * export async function now(time: Call<{}, { 200: { now: string } }>): Promise<string> {
 *   const body = await unwrap(time())
 *   return body.now
 * }
 * ```
 */
export async function unwrap<Given extends AnyResult>(
  result: Given | Promise<Given>,
): Promise<Unwrapped<Given>> {
  const { status, body } = await result
  if (status >= 200 && status < 300) return body as Unwrapped<Given>
  const { title, detail, code, cause } = (body ?? {}) as Partial<ProblemBody>
  const message = `${status} ${title ?? code ?? 'without a problem'}${detail ? `: ${detail}` : ''}`
  if (status > 0) throw new ClientError('refused', message, undefined, { status, body })
  if (cause instanceof ClientError) throw cause
  throw new ClientError('network', message, cause)
}
