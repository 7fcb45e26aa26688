import { nameOf, type ReferenceDocument, type Schema } from './model.ts'

const DEPTH = 6

const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T09:30:00Z',
  date: '2026-01-31',
  email: 'someone@example.com',
  uri: 'https://example.com',
  uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
}

/** Makes up a value for a schema: what somebody may start from who tries the operation. */
export function exampleOf(schema: Schema, document: ReferenceDocument, depth = 0): unknown {
  if (schema.$ref !== undefined) {
    const target = document.components.schemas[nameOf(schema.$ref)]
    return target && depth < DEPTH ? exampleOf(target, document, depth + 1) : null
  }
  if (schema.default !== undefined) return schema.default
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const option = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.[0]
  if (option) return exampleOf(option, document, depth)
  if (schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [
        name,
        exampleOf(property, document, depth + 1),
      ]),
    )
  }
  if (schema.items) return depth < DEPTH ? [exampleOf(schema.items, document, depth + 1)] : []
  return plainExample(schema)
}

function plainExample({ type, format, minimum, minLength = 0, pattern }: Schema): unknown {
  if (type === 'integer' || type === 'number') return minimum ?? 1
  if (type === 'boolean') return true
  if (type === 'object') return {}
  if (type === 'array') return []
  if (type !== 'string') return null
  if (format !== undefined && BY_FORMAT[format] !== undefined) return BY_FORMAT[format]
  return pattern === undefined ? 'text'.padEnd(minLength, '.') : '1'
}
