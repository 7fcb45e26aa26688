import { ClientError } from './error.ts'
import { type EventSource, readEvents } from './events.ts'
import { parseJson } from './json.ts'
import { readLines } from './lines.ts'
import type { AnswerKind, Route } from './manifest.ts'
import { readProblem } from './problem.ts'
import { discard } from './text.ts'
import type { Answer } from './types.ts'

/** Reads a response as what the operation declares for its status, or throws `invalid_answer`. */
export async function readAnswer(
  response: Response,
  [, , { answers } = {}]: Route,
  source: EventSource,
): Promise<Answer> {
  const { status, headers } = response
  const mediaType = headers.get('content-type') ?? ''
  const declared = answers ? answers[status] : kindOf(mediaType, status)
  const fits = declared && (expected[declared]?.test(mediaType) ?? true)
  if (fits) return { status, headers, body: await readers[declared](response, source) }
  if (status >= 400) return { status, headers, body: await readProblem(response) }
  discard(response.body)
  // The answer to a condition that is among the caller's own headers.
  if (status === 304) return { status, headers, body: undefined }
  const what = declared ? `${mediaType || 'no media type'}, not ${declared}` : 'undeclared'
  throw new ClientError('invalid_answer', `${source.name}: answered ${status}, ${what}`)
}

const readers: Record<AnswerKind, (response: Response, source: EventSource) => unknown> = {
  none: ({ body }) => discard(body),
  json: async (response, { name }) => parseJson(name, await response.text()),
  text: (response) => response.text(),
  events: readEvents,
  lines: readLines,
  download: ({ body }) => body ?? new Blob().stream(),
}

/** The media types that tell an answer from others, such as the page of a gateway. */
const expected: Partial<Record<AnswerKind, RegExp>> = {
  json: /[/+]json\b/i,
  events: /^text\/event-stream\b/i,
  lines: /^application\/(x-)?ndjson\b/i,
}

/** What routes without hints leave to the media type. A failure is JSON or a problem. */
function kindOf(mediaType: string, status: number): AnswerKind | undefined {
  const kinds = Object.keys(expected) as AnswerKind[]
  const other = status >= 400 ? undefined : mediaType ? 'text' : 'none'
  return kinds.find((kind) => expected[kind]?.test(mediaType)) ?? other
}
