import { Html, html } from '../../http/index.ts'
import { accountPages } from './account-menu.ts'
import { failedFieldId } from './form-view.ts'
import { NOTICES } from './notices.ts'
import type { Failure, Shown, Visit } from './page.ts'
import { providerError } from './provider-errors.ts'

/** What a document is made with, beside what it shows. */
export interface Dress {
  readonly style: string
  /** Default: none. */
  readonly script?: string | undefined
}

/** Writes the whole document of a page. */
export function documentOf(visit: Visit, shown: Shown, { style, script }: Dress): string {
  const { kit, page, failure } = visit
  const { title, logo, stylesheet, footer, afterSignIn } = kit.settings
  const heading = shown.title ?? page.title
  const { text } = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${shown.onward !== undefined && html`<meta http-equiv="refresh" content="0; url=${shown.onward}">`}
<title>${failure && 'Error: '}${heading} · ${title}</title>
<style>${new Html(style)}</style>
${stylesheet !== undefined && html`<link rel="stylesheet" href="${stylesheet}">`}
</head>
<body class="${page.account === undefined ? 'narrow' : 'wide'}">
<header class="top">
<a href="${afterSignIn}">${logo !== undefined && html`<img src="${logo}" alt="" height="32">`}<span>${title}</span></a>
</header>
${page.account !== undefined && visit.principal !== null && menuView(visit)}
<main>
<h1>${heading}</h1>
${noticeView(visit)}
${failure && summaryView(failure)}
${errorView(visit)}
${shown.content}
</main>
${footer.length > 0 && html`<footer>${footer.map(({ text, href }) => html`<a href="${href}">${text}</a>`)}</footer>`}
${script !== undefined && html`<script>${new Html(script)}</script>`}
</body>
</html>`
  return `<!doctype html>\n${text}`
}

function menuView({ kit, page }: Visit): Html {
  return html`<nav aria-label="Account"><ul>${accountPages(kit).map(
    ({ path, name }) =>
      html`<li><a href="${kit.href(path)}"${path === page.path && html` aria-current="page"`}>${name}</a></li>`,
  )}</ul></nav>`
}

function noticeView({ query, failure }: Visit): Html | undefined {
  const { done = '' } = query
  const notice = Object.hasOwn(NOTICES, done) ? NOTICES[done] : undefined
  if (notice === undefined || failure) return undefined
  return html`<p class="notice" role="status">${notice}</p>`
}

function errorView({ query, failure }: Visit): Html | undefined {
  if (query.error === undefined || failure) return undefined
  return html`<div class="summary" role="alert" tabindex="-1" autofocus><p>${providerError(query.error)}</p></div>`
}

/** Says first what was wrong, with links to where: whoever sent the form is led there. */
function summaryView(failure: Failure): Html {
  const { message, fields } = failure
  const wrong = Object.entries(fields)
  return html`<div class="summary" role="alert" tabindex="-1" autofocus>
<p>${message}</p>
${wrong.length > 0 && html`<ul>${wrong.map(([name, what]) => html`<li><a href="#${failedFieldId(failure, name)}">${what}</a></li>`)}</ul>`}
</div>`
}
