import { type Html, html } from '../../http/index.ts'
import {
  type Content,
  nameOf,
  type Placed,
  type ReferenceDocument,
  type ReferenceOperation,
  type ReferenceResponse,
} from './model.ts'
import { prose } from './prose.ts'
import { clientSample, curlSample } from './samples.ts'
import { schemaView, typeLine } from './schema-view.ts'
import { tryView } from './try-view.ts'

/** Shows one operation: what it takes, what it answers, how it is called, and a form to try it. */
export function operationView(placed: Placed, document: ReferenceDocument): Html {
  const { method, path, operation } = placed
  const { operationId, summary, description, deprecated } = operation
  return html`<details class="operation" id="${operationId}">
    <summary>
      <span class="method ${method.toLowerCase()}">${method}</span>
      <code class="path">${path}</code>
      <span class="summary">${deprecated && html`<span class="tag">deprecated</span> `}${summary}</span>
    </summary>
    <div class="body">
      ${description && html`<p class="prose">${prose(description)}</p>`}
      ${parametersView(operation)}
      ${bodyView(operation)}
      <h4>Answers</h4>
      ${Object.entries(operation.responses).map(([status, response]) =>
        responseView(status, resolve(response, document)),
      )}
      <h4>Call it</h4>
      <pre class="curl">${curlSample(placed, document)}</pre>
      <pre>${clientSample(placed, document)}</pre>
      ${tryView(placed, document)}
    </div>
  </details>`
}

function parametersView({ parameters = [] }: ReferenceOperation): Html | undefined {
  if (parameters.length === 0) return undefined
  return html`<h4>Parameters</h4>
    <table>${parameters.map(
      ({ name, in: place, required, schema, description, examples = {} }) => html`<tr>
        <td><code>${name}</code>${!required && html`<span class="optional">?</span>`}</td>
        <td class="place">${place}</td>
        <td>${typeLine(schema)}${description && html`<p>${prose(description)}</p>`}
          ${Object.values(examples).map(
            ({ value }) =>
              html` <span class="notes">such as <code>${JSON.stringify(value)}</code></span>`,
          )}</td>
      </tr>`,
    )}</table>`
}

function bodyView({ requestBody }: ReferenceOperation): Html | undefined {
  if (!requestBody) return undefined
  return html`<h4>Body${!requestBody.required && html` <span class="optional">may be left out</span>`}</h4>
    ${contentView(requestBody.content)}`
}

function resolve(
  response: ReferenceResponse,
  { components }: ReferenceDocument,
): ReferenceResponse {
  if (response.$ref === undefined) return response
  return components.responses[nameOf(response.$ref)] ?? {}
}

function responseView(
  status: string,
  { description, headers = {}, content = {} }: ReferenceResponse,
): Html {
  const fields = Object.entries(headers)
  // What a problem is made of is the same everywhere.
  const own = Object.fromEntries(
    Object.entries(content).filter(([mediaType]) => mediaType !== 'application/problem+json'),
  )
  const line = html`<span class="status s${status.slice(0, 1)}">${status}</span> ${description && prose(description)}`
  const inside = html`${contentView(own)}${
    fields.length > 0 &&
    html`<table class="fields">${fields.map(
      ([name, { description: said = '' }]) =>
        html`<tr><td><code>${name}</code></td><td>${prose(said)}</td></tr>`,
    )}</table>`
  }`
  return Object.keys(own).length + fields.length > 0
    ? html`<details class="response" ${Number(status) < 300 ? html`open` : ''}>
        <summary>${line}</summary>${inside}</details>`
    : html`<div class="response">${line}</div>`
}

/** A body's media types with their schemas and examples; several of one schema are shown once. */
function contentView(content: Content): Html {
  const groups = Map.groupBy(Object.entries(content), ([, { schema }]) => JSON.stringify(schema))
  return html`${[...groups.values()].map((entries) => {
    const [first] = entries
    const { schema = {}, encoding = {}, examples = {} } = first?.[1] ?? {}
    return html`<p class="media">${entries.map(([mediaType]) => mediaType).join(', ')}</p>
      ${Object.keys(schema).length > 0 && schemaView(schema)}
      ${Object.entries(encoding).map(
        ([name, { contentType }]) =>
          html`<p class="notes"><code>${name}</code> is a file: <code>${contentType}</code></p>`,
      )}
      ${Object.values(examples).map(
        ({ summary, value }) => html`<p class="notes">${summary ?? 'Example'}</p>
        <pre>${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>`,
      )}`
  })}`
}
