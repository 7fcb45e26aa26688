import { Html, hashSource, html } from '../../http/index.ts'
import type { Placed, ReferenceDocument } from './model.ts'
import { operationView } from './operation-view.ts'
import { runPage } from './page-script.ts'
import { prose } from './prose.ts'
import { schemaView } from './schema-view.ts'
import { style } from './style.ts'

/** A page and the policy under which a browser may show it. */
export interface ReferencePage {
  readonly html: string
  /** `Content-Security-Policy`: the page's own script and style, and calls to its own origin. */
  readonly policy: string
}

/** Writes the reference of an OpenAPI document as one page that loads nothing else. */
export async function createReferencePage(document: ReferenceDocument): Promise<ReferencePage> {
  const script = `(${runPage})()`
  const { text } = pageOf(document, script)
  const policy = [
    "default-src 'none'",
    `script-src ${await hashSource(script)}`,
    `style-src ${await hashSource(style)}`,
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return { html: `<!doctype html>\n${text}`, policy: policy.join('; ') }
}

function pageOf(document: ReferenceDocument, script: string): Html {
  const { title, version, description, license, contact } = document.info
  const groups = groupsOf(document)
  return html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} ${version}</title>
<style>${new Html(style)}</style>
</head>
<body>
<nav>
  <strong>${title}</strong>
  <input id="search" type="search" placeholder="Search  /" aria-label="Search operations">
  ${groups.map(([name]) => html`<a href="#group-${name}">${name}</a>`)}
  <a href="#schemas">Schemas</a>
</nav>
<main>
  <header>
    <h1>${title} <small>${version}</small></h1>
    ${description && html`<p class="prose">${prose(description)}</p>`}
    <p><a href="openapi.json">openapi.json</a>${license && html` · ${license.name}`}${contact && html` · ${contact.name ?? contact.email ?? contact.url ?? ''}`}</p>
    <label>Bearer token, if you have no cookie <input id="token" autocomplete="off" spellcheck="false"></label>
  </header>
  ${groups.map(
    ([name, operations]) => html`<section class="group" id="group-${name}">
    <h2>${name}</h2>
    ${tagProse(name, document)}
    ${operations.map((placed) => operationView(placed, document))}
  </section>`,
  )}
  <section id="schemas">
    <h2>Schemas</h2>
    ${Object.entries(document.components.schemas).map(
      ([name, schema]) => html`<details class="response" id="schema-${name}">
      <summary><code>${name}</code></summary>${schemaView(schema)}
    </details>`,
    )}
  </section>
</main>
<script>${new Html(script)}</script>
</body>
</html>`
}

function tagProse(name: string, { tags = [] }: ReferenceDocument): Html | undefined {
  const description = tags.find((tag) => tag.name === name)?.description
  return description === undefined ? undefined : html`<p class="notes">${prose(description)}</p>`
}

/** Operations by their first tag, in the order in which they stand; those without one come last. */
function groupsOf({ paths }: ReferenceDocument): [string, Placed[]][] {
  const placed = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      return { method: method.toUpperCase(), path, operation }
    }),
  )
  const groups = Map.groupBy(placed, ({ operation }) => operation.tags?.[0] ?? 'other')
  return [...groups].sort(([one], [two]) => Number(one === 'other') - Number(two === 'other'))
}
