import { html } from '../../http/index.ts'
import type { Shown, Visit } from './page.ts'

/** The token of the link that led to a page. */
export function tokenOf({ query }: Visit): string {
  return query.token ?? ''
}

/** What is shown to whoever comes without one, or with one that opens nothing any more. */
export function withoutToken({ query, failure }: Visit, again: string): Shown | undefined {
  const spent = failure?.code === 'invalid_token'
  if (query.token !== undefined && !spent) return undefined
  return {
    content: html`${!spent && html`<p>This page is reached by the link in a mail, and that link is not complete.</p>`}
<p><a href="${again}">Ask for another</a></p>`,
  }
}
