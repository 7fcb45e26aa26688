import axe, { type run } from 'axe-core'
import type { Page } from 'playwright-core'

/** What WCAG 2.2 at level AA finds wrong with a page, one line for each. */
export async function findBarriers(page: Page): Promise<string[]> {
  // By way of the debugger, so that the page's own policy on scripts stays as it is.
  await page.evaluate(axe.source)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const { violations } = await page.evaluate(
    (values) => (globalThis as unknown as Axe).axe.run({ runOnly: { type: 'tag', values } }),
    tags,
  )
  return violations.map(({ id, help, nodes }) => {
    return `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`
  })
}

/** What its script leaves in a page. */
interface Axe {
  readonly axe: { readonly run: typeof run }
}
