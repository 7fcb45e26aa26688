import { type Html, html } from '../../http/index.ts'

/** Shows running text with the two marks that a sentence needs: `code` and **strong**. */
export function prose(text: string): Html {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/)
  return html`${parts.map((part, at) => {
    if (at % 2 === 0) return part
    return part.startsWith('`')
      ? html`<code>${part.slice(1, -1)}</code>`
      : html`<strong>${part.slice(2, -2)}</strong>`
  })}`
}
