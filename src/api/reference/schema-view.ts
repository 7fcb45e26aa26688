import { type Html, html } from '../../http/index.ts'
import { nameOf, type Schema } from './model.ts'
import { prose } from './prose.ts'

/** Shows a schema: its type in a line, and below it what it is made of. */
export function schemaView(schema: Schema): Html {
  return html`<div class="schema">${typeLine(schema)}${members(schema)}</div>`
}

/** A schema's type and bounds in a line. */
export function typeLine(schema: Schema): Html {
  const notes = [...bounds(schema), ...rest(schema)].join(', ')
  return html`<span class="type">${typeName(schema)}</span>${notes && html` <span class="notes">${notes}</span>`}`
}

function typeName(schema: Schema): Html {
  const { $ref, anyOf, oneOf, allOf, items, type } = schema
  if ($ref !== undefined) return html`<a href="#schema-${nameOf($ref)}">${nameOf($ref)}</a>`
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`
  if (schema.enum) return joined(schema.enum.map((value) => html`${JSON.stringify(value)}`))
  const options = anyOf ?? oneOf
  if (options) return joined(options.map(typeName))
  if (allOf) return joined(allOf.map(typeName), ' and ')
  if (items) return html`list of ${typeName(items)}`
  if (schema['x-item-schema']) return html`stream of ${typeName(schema['x-item-schema'])}`
  return html`${typeof type === 'string' ? type : (type?.join(' or ') ?? 'any')}`
}

function joined(parts: readonly Html[], by = ' or '): Html {
  return html`${parts.map((part, at) => (at === 0 ? part : html`${by}${part}`))}`
}

function bounds(schema: Schema): string[] {
  const { minLength, maxLength, minItems, maxItems } = schema
  return [
    ...range(minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' items'),
    ...range(schema.minimum, schema.maximum, ''),
    ...range(schema.exclusiveMinimum, undefined, ' exclusive'),
    ...range(undefined, schema.exclusiveMaximum, ' exclusive'),
  ]
}

function range(low: number | undefined, high: number | undefined, unit: string): string[] {
  if (low === undefined && high === undefined) return []
  if (low === undefined) return [`at most ${counted(high, unit)}`]
  if (high === undefined) return [`at least ${counted(low, unit)}`]
  return [low === high ? counted(low, unit) : `${low} to ${counted(high, unit)}`]
}

function counted(count: number | undefined, unit: string): string {
  return `${count}${count === 1 ? unit.replace(/s$/, '') : unit}`
}

function rest(schema: Schema): string[] {
  const inner = schema.anyOf?.find(({ type }) => type !== 'null')
  const { format, contentEncoding } = inner ?? schema
  return [
    ...(inner ? bounds(inner) : []),
    ...(format === undefined ? [] : [format]),
    ...(contentEncoding === undefined ? [] : [contentEncoding]),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ]
}

/** The properties of an object, or of the objects in a list or among the options. */
function members(schema: Schema): Html | undefined {
  const { properties, required = [], items, anyOf, oneOf, allOf, additionalProperties } = schema
  if (properties) {
    const rows = Object.entries(properties).map(
      ([name, property]) => html`<li>
        <code>${name}</code>${required.includes(name) ? '' : html`<span class="optional">?</span>`}
        ${typeLine(property)}
        ${property.description && html`<p>${prose(property.description)}</p>`}
        ${members(property)}
      </li>`,
    )
    return rows.length > 0 ? html`<ul>${rows}</ul>` : undefined
  }
  const each = items ?? schema['x-item-schema']
  if (each) return members(each)
  if (typeof additionalProperties === 'object') {
    return html`<ul><li><code>…</code> ${typeLine(additionalProperties)}${members(additionalProperties)}</li></ul>`
  }
  return html`${(anyOf ?? oneOf ?? allOf ?? []).map(members)}`
}
