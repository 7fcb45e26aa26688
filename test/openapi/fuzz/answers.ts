import { type Ajv2020, Ajv2020 as Validator } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { type Description, type Route, resolve } from './description.ts'

/** What an answer was, read to its end. */
export interface Answer {
  readonly status: number
  readonly mediaType: string | undefined
  readonly text: string
  readonly etag: string | null
}

/** Holds answers against the document; tells what is wrong with one, or undefined. */
export type CheckAnswer = (route: Route, answer: Answer) => string | undefined

export function createAnswerCheck(document: Description): CheckAnswer {
  const ajv: Ajv2020 = new Validator({ strict: false, validateSchema: false, allErrors: false })
  formats.default(ajv)
  ajv.addSchema(document, 'document')
  return (route, answer) => {
    const { status, mediaType, text } = answer
    if (status >= 500) return `answered ${status}: ${text}`
    const declared = route.operation.responses[String(status)]
    if (!declared) return `answered ${status}, which is not declared: ${text.slice(0, 300)}`
    const { content } = resolve(declared, document)
    if (mediaType === undefined || text === '') {
      return content && text !== '' ? `answered ${status} without a media type` : undefined
    }
    if (!content) return `answered ${status} with a body, which is not declared`
    const named = Object.keys(content).find((each) => essence(each) === mediaType)
    if (named === undefined) {
      return `answered ${status} with ${mediaType}; declared are ${Object.keys(content).join(', ')}`
    }
    const pointer = [...pointerOf(route, declared.$ref, status), 'content', named]
    const items = ITEMS.has(mediaType) ? ['schema', 'x-item-schema'] : ['schema']
    const validate = ajv.getSchema(toReference([...pointer, ...items]))
    const values = VALUES[mediaType]?.(text) ?? []
    for (const value of values) {
      if (!validate || validate(value)) continue
      const [error] = validate.errors ?? []
      return `answered ${status} with a body that its schema does not take: ${error?.instancePath} ${error?.message} in ${text.slice(0, 500)}`
    }
    return undefined
  }
}

function pointerOf({ path, method }: Route, $ref: string | undefined, status: number): string[] {
  if ($ref !== undefined) return $ref.replace('#/', '').split('/')
  return ['paths', path, method.toLowerCase(), 'responses', String(status)]
}

function toReference(steps: readonly string[]): string {
  const escaped = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
  return `document#/${escaped.map(encodeURIComponent).join('/')}`
}

/** The JSON values that a body of each media type is made of. */
const VALUES: Readonly<Record<string, (text: string) => unknown[]>> = {
  'application/json': (text) => [JSON.parse(text)],
  'application/problem+json': (text) => [JSON.parse(text)],
  'application/x-ndjson': (text) => text.split('\n').filter(Boolean).map(parse),
  'text/event-stream': (text) => {
    return Array.from(text.matchAll(/^data: ?(.*)$/gm), ([, data = '']) => parse(data))
  },
}

/** Those of many values, whose schema is that of each. */
const ITEMS: ReadonlySet<string> = new Set(['application/x-ndjson', 'text/event-stream'])

function parse(text: string): unknown {
  return JSON.parse(text)
}

/** A media type without its parameters. */
export function essence(mediaType: string): string {
  return mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
