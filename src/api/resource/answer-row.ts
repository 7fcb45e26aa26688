import type { Answer } from '../../http/index.ts'
import { type Asked, finish } from './asked.ts'
import type { AnsweredRow } from './etag.ts'
import type { Rows } from './rows.ts'

/** Answers with one row as it was asked for, and its tag where it has a version. */
export function answerRow(
  rows: Rows,
  given: {
    readonly status: number
    readonly row: object
    readonly asked?: Asked
    readonly headers?: Readonly<Record<string, string>>
  },
): Answer | Promise<Answer> {
  const { status, row, asked = rows.asked.whole, headers } = given
  // Read or written for this answer alone.
  const body = row as AnsweredRow
  const version = rows.version === undefined ? undefined : body[rows.version]
  finish([body], asked)
  const etag = rows.tag(version, body, { related: asked.shape.include !== undefined })
  if (etag === undefined) return { status, body, ...(headers && { headers }) }
  const answer = (tag: string): Answer => ({ status, body, headers: { ...headers, etag: tag } })
  return typeof etag === 'string' ? answer(etag) : etag.then(answer)
}
