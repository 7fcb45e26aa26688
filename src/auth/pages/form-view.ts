import { Html, html } from '../../http/index.ts'
import type { Failure, Field, Form, Values, Visit } from './page.ts'

/** What of a form differs from one place where it stands to another. */
export interface FormPlace {
  /** What the fields are filled with, unless they were filled before. Never secrets. */
  readonly values?: Values
  /** What is sent along, such as the identifier of what the form is about. */
  readonly hidden?: Readonly<Record<string, string>>
  /** The words of the button. Default: the form's. */
  readonly submit?: string
  /** What the button is about, for those who do not see where it stands. */
  readonly about?: string
}

/** Shows a form of a visit's page, with what was filled in before and what was wrong about it. */
export function formView(visit: Visit, name: string, place: FormPlace = {}): Html {
  const form = visit.page.forms[name] as Form
  const { hidden = {}, about } = place
  const failure = failureOf(visit, name, hidden)
  const id = formId(name, hidden)
  const sent = { do: name, returnTo: visit.returnTo ?? '', ...hidden }
  const values = failure?.values ?? place.values ?? {}
  return html`<form method="post" action="${visit.kit.href(visit.page.path)}" class="form ${form.look ?? 'main'}">
${Object.entries(sent).map(
  ([key, value]) => html`<input type="hidden" name="${key}" value="${value}">`,
)}
${form.fields.map((field) => fieldView(field, { id, values, error: failure?.fields[field.name] }))}
<button class="${form.look ?? 'main'}"${about !== undefined && html` aria-label="${place.submit ?? form.submit}: ${about}"`}>${place.submit ?? form.submit}</button>
</form>`
}

/** What went wrong with this form, and not with the same form about something else. */
function failureOf(
  { failure }: Visit,
  name: string,
  hidden: Readonly<Record<string, string>>,
): Failure | undefined {
  if (failure?.form !== name) return undefined
  return Object.entries(hidden).every(([key, value]) => failure.values[key] === value)
    ? failure
    : undefined
}

/** What the identifiers of a form's fields begin with: where there are many of it, each is about something. */
function formId(name: string, { id = '' }: Values): string {
  return id === '' ? name : `${name}-${id.replace(/[^\w-]/g, '')}`
}

/** The identifier of a field's element. */
function fieldId(form: string, field: string): string {
  return `${form}-${field}`
}

/** The identifier of a field that was filled in wrong, for links that lead to it. */
export function failedFieldId({ form = '', values }: Failure, field: string): string {
  return fieldId(formId(form, values), field)
}

interface FieldPlace {
  readonly id: string
  readonly values: Values
  readonly error: string | undefined
}

function fieldView(field: Field, { id: form, values, error }: FieldPlace): Html {
  const { name, label, type, hint, optional } = field
  const id = fieldId(form, name)
  if (type === 'hidden') {
    return html`<input type="hidden" name="${name}" value="${values[name] ?? ''}">`
  }
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`]
  const describedBy = described.filter((each) => each !== false).join(' ')
  const input = html`<input id="${id}" name="${name}" ${inputAttributes(field)}${
    type !== 'password' &&
    type !== 'code' &&
    type !== 'checkbox' &&
    html` value="${values[name] ?? ''}"`
  }${type === 'checkbox' && values[name] !== undefined && html` checked`}${
    describedBy !== '' && html` aria-describedby="${describedBy}"`
  }${error !== undefined && html` aria-invalid="true"`}${!optional && type !== 'checkbox' && html` required`}>`
  if (type === 'checkbox') {
    return html`<div class="field">${error !== undefined && html`<p class="error" id="${id}-error">${error}</p>`}
<div class="check">${input}<label for="${id}">${label}</label></div></div>`
  }
  return html`<div class="field">
<label for="${id}">${label}${optional && html` <small>(optional)</small>`}</label>
${hint !== undefined && html`<p class="hint" id="${id}-hint">${hint}</p>`}
${error !== undefined && html`<p class="error" id="${id}-error">${error}</p>`}
${type === 'password' ? html`<div class="secret">${input}<button type="button" class="reveal" data-reveal="${id}" aria-pressed="false" aria-label="Show ${label.toLowerCase()}" hidden>Show</button></div>` : input}
</div>`
}

const INPUTS: Readonly<Record<Exclude<Field['type'], 'hidden'>, string>> = {
  email: 'type="email" autocapitalize="none" spellcheck="false"',
  password: 'type="password" autocapitalize="none" spellcheck="false"',
  text: 'type="text"',
  code: 'type="text" class="code" inputmode="numeric" autocapitalize="none" spellcheck="false"',
  tel: 'type="tel"',
  checkbox: 'type="checkbox" value="yes"',
}

function inputAttributes({ type, autocomplete }: Field): Html {
  const attributes = new Html(INPUTS[type as keyof typeof INPUTS])
  return html`${attributes}${autocomplete !== undefined && html` autocomplete="${autocomplete}"`}`
}
