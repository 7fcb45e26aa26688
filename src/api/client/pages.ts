import { ClientError } from './error.ts'
import type { Parts } from './request.ts'
import { type AnyResult, unwrap } from './unwrap.ts'

type SendCall = (parts: Parts) => Promise<AnyResult>

interface Page {
  readonly items: readonly unknown[]
  readonly next: string | null
}

/** Gives page after page of a list, asking for one when it is wanted. */
export async function* eachPage(call: SendCall, parts: Parts): AsyncGenerator<Page, undefined> {
  let cursor: unknown
  for (;;) {
    const query = cursor === undefined ? parts.query : { ...parts.query, cursor }
    const page: unknown = await unwrap(call(query ? { ...parts, query } : parts))
    if (!isPage(page) || (page.next !== null && page.next === cursor)) {
      throw new ClientError('invalid_answer', 'the answer is not a page, or the same one again')
    }
    yield page
    if (page.next === null) return
    cursor = page.next
  }
}

/** Gives item after item of a list. */
export async function* eachItem(call: SendCall, parts: Parts): AsyncGenerator<unknown, undefined> {
  for await (const { items } of eachPage(call, parts)) yield* items
}

function isPage(value: unknown): value is Page {
  const { items, next } = (value ?? {}) as Partial<Page>
  return Array.isArray(items) && (next === null || typeof next === 'string')
}
