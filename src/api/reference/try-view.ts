import { type Html, html } from '../../http/index.ts'
import type { Placed, ReferenceDocument, ReferenceOperation } from './model.ts'
import {
  type BodySample,
  bodySample,
  bodyText,
  isFile,
  isText,
  memberOf,
  textOf,
} from './samples.ts'

/** A form that sends the operation. */
export function tryView({ method, path, operation }: Placed, document: ReferenceDocument): Html {
  const { parameters = [] } = operation
  // A page cannot set the cookies of a request.
  const fields = parameters.filter(({ in: place }) => place === 'path' || place === 'header')
  const queried = parameters.some(({ in: place }) => place === 'query')
  const body = bodySample(operation, document)
  return html`<form data-method="${method}" data-path="${path}">
    ${fields.map(
      ({ name, in: place, required }) => html`<label>${name}
        <input name="${name}" data-in="${place}" ${required && html`required`} autocomplete="off" spellcheck="false"></label>`,
    )}
    ${
      queried &&
      html`<label>query
        <input data-in="query" placeholder="${queryHint(operation)}" autocomplete="off" spellcheck="false"></label>`
    }
    ${body && bodyFields(body)}
    <button>Send</button>
    <output aria-live="polite"></output>
  </form>`
}

function bodyFields(body: BodySample): Html {
  const { mediaType, media, value } = body
  if (isText(mediaType)) {
    return html`<label>body
      <textarea data-in="body" data-type="${mediaType}" rows="6" spellcheck="false">${bodyText(body, 2)}</textarea></label>`
  }
  const { properties = {}, required = [] } = media.schema
  const names = Object.keys(properties)
  if (names.length === 0) {
    return html`<label>body <input type="file" data-in="binary" data-type="${mediaType}"></label>`
  }
  const encoded = mediaType === 'multipart/form-data' ? 'part' : 'pair'
  return html`${names.map((name) => {
    const needed = required.includes(name) && html`required`
    return isFile(body, name)
      ? html`<label>${name} <input type="file" name="${name}" data-in="part" ${needed}></label>`
      : html`<label>${name} <input name="${name}" data-in="${encoded}" value="${textOf(memberOf(value, name))}" ${needed} autocomplete="off"></label>`
  })}`
}

function queryHint({ parameters = [] }: ReferenceOperation): string {
  const names = parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name)
  return names
    .slice(0, 3)
    .map((name) => `${name}=…`)
    .join('&')
}
