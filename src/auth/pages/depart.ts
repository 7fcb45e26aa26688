import { html } from '../../http/index.ts'
import type { Shown } from './page.ts'

/**
 * Leads on to a provider's page. Not by a redirect: browsers hold those that follow a form to the page's
 * `form-action`, and where a provider's page is, is known only now.
 */
export function depart(title: string, url: string): Shown {
  return {
    title: `On to ${title}`,
    onward: url,
    content: html`<p><a class="button" href="${url}">Continue to ${title}</a></p>`,
  }
}
