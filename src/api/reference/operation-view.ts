import { exampleOf } from './example.ts'
import { type Html, html, prose } from './html.ts'
import {
  nameOf,
  type ReferenceDocument,
  type ReferenceOperation,
  type ReferenceResponse,
} from './model.ts'
import { schemaView, typeLine } from './schema-view.ts'

/** One operation and where it is found. */
export interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: ReferenceOperation
}

/** Shows one operation: what it takes, what it answers, how it is called, and a form to try it. */
export function operationView(placed: Placed, document: ReferenceDocument): Html {
  const { method, path, operation } = placed
  const { operationId, summary, description, deprecated } = operation
  return html`<details class="operation" id="${operationId}">
    <summary>
      <span class="method ${method.toLowerCase()}">${method}</span>
      <code class="path">${path}</code>
      <span class="summary">${deprecated && html`<s>deprecated</s> `}${summary}</span>
    </summary>
    <div class="body">
      <p class="guard">For <strong>${operation['x-guard']}</strong> · client
        <code>api.${operationId}</code></p>
      ${description && html`<p class="prose">${prose(description)}</p>`}
      ${parametersView(operation)}
      ${bodyView(operation)}
      <h4>Answers</h4>
      ${Object.entries(operation.responses).map(([status, response]) =>
        responseView(status, resolve(response, document)),
      )}
      <h4>Call it</h4>
      <pre class="curl">${curlLine(placed, document)}</pre>
      ${tryView(placed, document)}
    </div>
  </details>`
}

function parametersView({ parameters = [] }: ReferenceOperation): Html | undefined {
  if (parameters.length === 0) return undefined
  return html`<h4>Parameters</h4>
    <table>${parameters.map(
      ({ name, in: place, required, schema, description }) => html`<tr>
        <td><code>${name}</code>${!required && html`<span class="optional">?</span>`}</td>
        <td class="place">${place}</td>
        <td>${typeLine(schema)}${description && html`<p>${prose(description)}</p>`}</td>
      </tr>`,
    )}</table>`
}

function bodyView({ requestBody }: ReferenceOperation): Html | undefined {
  const schema = requestBody?.content['application/json']?.schema
  return schema && html`<h4>Body</h4>${schemaView(schema)}`
}

function resolve(
  response: ReferenceResponse,
  { components }: ReferenceDocument,
): ReferenceResponse {
  if (response.$ref === undefined) return response
  return components.responses[nameOf(response.$ref)] ?? {}
}

function responseView(status: string, { description, content = {} }: ReferenceResponse): Html {
  const shapes = Object.entries(content).map(
    ([mediaType, { schema }]) =>
      html`<p class="media">${mediaType}</p>${mediaType === 'application/json' ? schemaView(schema) : ''}`,
  )
  const line = html`<span class="status s${status.slice(0, 1)}">${status}</span> ${description && prose(description)}`
  return content['application/json']
    ? html`<details class="response" ${Number(status) < 300 ? html`open` : ''}>
        <summary>${line}</summary>${shapes}</details>`
    : html`<div class="response">${line}${shapes}</div>`
}

function bodyExample({ requestBody }: ReferenceOperation, document: ReferenceDocument): unknown {
  const schema = requestBody?.content['application/json']?.schema
  return schema && exampleOf(schema, document)
}

/** The origin is put in by the page's script, which knows where the page came from. */
function curlLine({ method, path, operation }: Placed, document: ReferenceDocument): Html {
  const body = bodyExample(operation, document)
  const data =
    body === undefined ? undefined : JSON.stringify(body).replaceAll("'", String.raw`'\''`)
  return html`curl${method !== 'GET' && ` -X ${method}`} '<span class="origin"></span>${path}'${
    operation.security.length > 0 && ` \\\n  -H 'authorization: Bearer TOKEN'`
  }${data !== undefined && ` \\\n  -H 'content-type: application/json' \\\n  -d '${data}'`}`
}

function tryView({ method, path, operation }: Placed, document: ReferenceDocument): Html {
  const { parameters = [] } = operation
  const fields = parameters.filter(({ in: place }) => place !== 'query')
  const body = bodyExample(operation, document)
  return html`<form data-method="${method}" data-path="${path}">
    ${fields.map(
      ({ name, in: place, required }) => html`<label>${name}
        <input name="${name}" data-in="${place}" ${required && html`required`} autocomplete="off" spellcheck="false"></label>`,
    )}
    ${
      fields.length < parameters.length &&
      html`<label>query
        <input data-in="query" placeholder="${queryHint(operation)}" autocomplete="off" spellcheck="false"></label>`
    }
    ${
      body !== undefined &&
      html`<label>body
        <textarea data-in="body" rows="6" spellcheck="false">${JSON.stringify(body, null, 2)}</textarea></label>`
    }
    <button>Send</button>
    <output></output>
  </form>`
}

function queryHint({ parameters = [] }: ReferenceOperation): string {
  const names = parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name)
  return names
    .slice(0, 3)
    .map((name) => `${name}=…`)
    .join('&')
}
