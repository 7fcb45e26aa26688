/** Text that is HTML already. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What `html` takes: text, which it escapes, and `Html`, which it does not. */
export type HtmlPart = Html | string | number | undefined | false | readonly HtmlPart[]

/**
 * Writes HTML; whatever is put into it is text unless it is `Html` itself: its `&`, `<`, `>` and quotes are
 * escaped. Lists are joined, `undefined` and `false` are nothing. Attributes need their quotes, and URLs in
 * them a look at their scheme: what is escaped can still be `javascript:`.
 *
 * ```ts
 * import { html } from 'plinth/http'
 *
 * console.log(html`<p>${'<b>'}</p>`.text) // <p>&#60;b&#62;</p>
 * ```
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(toText)))
}

function toText(part: HtmlPart): string {
  if (part instanceof Html) return part.text
  if (part === undefined || part === false) return ''
  if (typeof part === 'object') return part.map(toText).join('')
  return String(part).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

/** Names a script or a style in a `Content-Security-Policy`: the source expression of its text (CSP 3). */
export async function hashSource(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`
}
