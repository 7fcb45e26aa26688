import { readText } from './text.ts'
import type { ProblemBody } from './types.ts'

/** Characters. Whoever sends more than this has no problem to tell. */
const MOST = 1_000_000
const EXCERPT = 500

/** Reads a problem document, whoever sent it: what a gateway says is made one. */
export async function readProblem(response: Response): Promise<ProblemBody> {
  let text = ''
  for await (const part of readText(response.body)) {
    text += part
    if (text.length > MOST) break
  }
  const { status, statusText } = response
  const { type, title, code, detail, ...members } = toMembers(text)
  return {
    ...members,
    type: textOr(type, 'about:blank'),
    title: textOr(title, statusText || `Status ${status}`),
    status,
    code: textOr(code, 'unexpected_answer'),
    ...(typeof detail === 'string' && { detail }),
  }
}

function toMembers(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // It is text for people, or the beginning of too much.
  }
  return text ? { detail: text.slice(0, EXCERPT) } : {}
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}
