import { type Html, html } from '../../http/index.ts'
import { exampleOf } from './example.ts'
import type { Media, Placed, ReferenceDocument, ReferenceOperation } from './model.ts'

/** A body to start from: the first example, or one made up from the schema. */
export interface BodySample {
  readonly mediaType: string
  readonly media: Media
  readonly value: unknown
}

export function bodySample(
  { requestBody }: ReferenceOperation,
  document: ReferenceDocument,
): BodySample | undefined {
  const [first] = Object.entries(requestBody?.content ?? {})
  if (!first) return undefined
  const [mediaType, media] = first
  const [example] = Object.values(media.examples ?? {})
  return { mediaType, media, value: example?.value ?? exampleOf(media.schema, document) }
}

/** Whether a property of a multipart body is a file: it is of no type. */
export function isFile({ media }: Pick<BodySample, 'media'>, name: string): boolean {
  return Object.hasOwn(media.encoding ?? {}, name)
}

/** A line for a shell. The origin is put in by the page's script, which knows where the page came from. */
export function curlSample({ method, path, operation }: Placed, document: ReferenceDocument): Html {
  const lines = [
    ...(operation.security.length > 0 ? ["-H 'authorization: Bearer TOKEN'"] : []),
    ...curlBody(bodySample(operation, document)),
  ]
  const streams = Object.keys(operation.responses['200']?.content ?? {}).some(isStream)
  const flags = `${streams ? ' -N' : ''}${method === 'GET' ? '' : ` -X ${method}`}`
  return html`curl${flags} '<span class="origin"></span>${path}'${lines.map((line) => ` \\\n  ${line}`)}`
}

function curlBody(sample: BodySample | undefined): string[] {
  if (!sample) return []
  const { mediaType, media, value } = sample
  const members = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>)
  if (mediaType === 'multipart/form-data') {
    return Object.keys(media.schema.properties ?? {}).map((name) =>
      isFile(sample, name) ? `-F '${name}=@FILE'` : `-F '${name}=${textOf(memberOf(value, name))}'`,
    )
  }
  if (mediaType === 'application/x-www-form-urlencoded') {
    return members.map(
      ([name, member]) => `--data-urlencode '${quoted(`${name}=${textOf(member)}`)}'`,
    )
  }
  const data = isText(mediaType) ? `-d '${quoted(bodyText(sample))}'` : '--data-binary @FILE'
  return [`-H 'content-type: ${mediaType}'`, data]
}

/** The same call by the typed client. */
export function clientSample({ path, operation }: Placed, document: ReferenceDocument): Html {
  const { operationId, parameters = [] } = operation
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => `${name}: '…'`)
  const inQuery = parameters
    .filter(({ in: place, required }) => place === 'query' && required)
    .map(({ name }) => `${keyOf(name)}: '…'`)
  const parts = [
    ...(inPath.length > 0 ? [`params: { ${inPath.join(', ')} }`] : []),
    ...(inQuery.length > 0 ? [`query: { ${inQuery.join(', ')} }`] : []),
    ...clientBody(bodySample(operation, document)),
  ]
  const input = parts.length > 0 ? `{\n  ${parts.join(',\n  ')},\n}` : ''
  return html`const { status, body } = await api.${operationId}(${input})`
}

function clientBody(sample: BodySample | undefined): string[] {
  if (!sample) return []
  const { mediaType, media, value } = sample
  if (mediaType === 'multipart/form-data') {
    const names = Object.keys(media.schema.properties ?? {})
    const fields = names.filter((name) => !isFile(sample, name))
    const files = names
      .filter((name) => isFile(sample, name))
      .map((name) => {
        return `${keyOf(name)}: ${media.schema.properties?.[name]?.items ? '[blob]' : 'blob'}`
      })
    const given = fields.map((name) => `${keyOf(name)}: ${JSON.stringify(memberOf(value, name))}`)
    return [`body: { fields: { ${given.join(', ')} }, files: { ${files.join(', ')} } }`]
  }
  if (mediaType.startsWith('text/')) return [`body: ${JSON.stringify(textOf(value))}`]
  if (!isText(mediaType) && !mediaType.endsWith('urlencoded')) return ['body: blob']
  return [`body: ${JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')}`]
}

/** Whether a body can be written into a text field. */
export function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || /[/+]json$/.test(mediaType)
}

/** The body as it is sent. */
export function bodyText({ mediaType, value }: BodySample, indent?: number): string {
  return mediaType.startsWith('text/') ? textOf(value) : JSON.stringify(value, null, indent)
}

export function isStream(mediaType: string): boolean {
  return mediaType === 'text/event-stream' || mediaType === 'application/x-ndjson'
}

export function memberOf(value: unknown, name: string): unknown {
  return (value as Readonly<Record<string, unknown>> | null)?.[name]
}

export function textOf(value: unknown): string {
  if (Array.isArray(value)) return textOf(value[0])
  return typeof value === 'object' || value === undefined ? '' : String(value)
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
}

function quoted(text: string): string {
  return text.replaceAll("'", String.raw`'\''`)
}
