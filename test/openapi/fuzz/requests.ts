import fc from 'fast-check'
import type { Description, JsonSchema, MediaType, Parameter, Route } from './description.ts'
import type { Seen } from './seen.ts'
import { valuesOf } from './values.ts'

/** One request, as text where it can be, so that it can be shown and repeated. */
export interface FuzzRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | FormData | undefined
  /** Whether it is what the document asks for, as far as the document says. */
  readonly valid: boolean
}

interface Place {
  readonly document: Description
  readonly seen: Seen
}

/** Requests to an operation: as the document says, and in every way that it does not. */
export function requestsTo(route: Route, place: Place): fc.Arbitrary<FuzzRequest> {
  const valid = validRequests(route, place)
  return fc.oneof(
    { weight: 5, arbitrary: valid },
    {
      weight: 4,
      arbitrary: fc.tuple(valid, spoils(route)).map(([request, spoil]) => spoil(request)),
    },
  )
}

function validRequests(
  { method, path, operation }: Route,
  place: Place,
): fc.Arbitrary<FuzzRequest> {
  const { parameters = [], requestBody } = operation
  const names = (where: Parameter['in']) => parameters.filter((each) => each.in === where)
  const body = requestBody ? bodiesOf(requestBody.content, place) : fc.constant(undefined)
  const sent = requestBody?.required === false ? fc.option(body, { nil: undefined }) : body
  return fc
    .tuple(
      valuesOfAll(names('path'), place),
      valuesOfAll(names('query'), place),
      valuesOfAll(names('header'), place),
      valuesOfAll(names('cookie'), place),
      sent,
    )
    .map(([inPath, query, headers, cookies, content]) => ({
      method,
      path: fill(path, inPath) + toQuery(query),
      headers: {
        ...toHeaders(headers),
        ...(Object.keys(cookies).length > 0 && { cookie: toCookie(cookies) }),
        ...content?.headers,
      },
      body: content?.body,
      valid: true,
    }))
}

type Values = Record<string, unknown>

function valuesOfAll(parameters: readonly Parameter[], place: Place): fc.Arbitrary<Values> {
  const members = parameters.map(({ name, schema }) => {
    return [name, valuesOf(schema, { ...place, name, depth: 0 })] as const
  })
  const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name)
  const whole = fc.record(Object.fromEntries(members), { requiredKeys, noNullPrototype: true })
  // Of many parameters few at once, or hardly any request finds anything.
  if (parameters.length < 6) return whole as fc.Arbitrary<Values>
  const chosen = fc.subarray(
    parameters.map(({ name }) => name),
    { maxLength: 3 },
  )
  return fc.tuple(whole, chosen).map(([all, some]) => {
    const kept = Object.entries(all).filter(
      ([name]) => requiredKeys.includes(name) || some.includes(name),
    )
    return Object.fromEntries(kept)
  })
}

function fill(path: string, values: Values): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(toText(values[name])))
}

function toQuery(values: Values): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (each) => `${encode(name)}=${encode(toText(each))}`,
    ),
  )
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/** What a header field can hold: RFC 9110, section 5.5. */
function toHeaders(values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      return [
        name,
        toText(value)
          .replaceAll(/[^ -~]/g, '?')
          .trim(),
      ]
    }),
  )
}

function toCookie(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${encode(toText(value))}`)
    .join('; ')
}

function toText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

interface Content {
  readonly headers: Readonly<Record<string, string>>
  readonly body: FuzzRequest['body']
}

function bodiesOf(
  content: Readonly<Record<string, MediaType>>,
  place: Place,
): fc.Arbitrary<Content> {
  const kinds = Object.entries(content).map(([mediaType, media]) => {
    const values = valuesOf(media.schema ?? {}, { ...place, name: '', depth: 0 })
    if (mediaType === 'multipart/form-data') return formsOf(media, place)
    return values.map((value) => {
      return {
        headers: { 'content-type': concrete(mediaType) },
        body: encodeBody(mediaType, value),
      }
    })
  })
  return fc.oneof(...kinds)
}

function concrete(mediaType: string): string {
  return mediaType.replace('*/*', 'application/octet-stream').replace('/*', '/x-any')
}

function encodeBody(mediaType: string, value: unknown): FuzzRequest['body'] {
  if (/[/+]json$/.test(mediaType)) return JSON.stringify(value)
  if (mediaType === 'application/x-www-form-urlencoded') return toQuery(value as Values).slice(1)
  if (mediaType.startsWith('text/')) return toText(value)
  return new TextEncoder().encode(toText(value))
}

/** Fields first, then files, as the document's properties stand. */
function formsOf(media: MediaType, place: Place): fc.Arbitrary<Content> {
  const schema = media.schema ?? {}
  return valuesOf(withoutFiles(schema), { ...place, name: '', depth: 0 }).map((value) => {
    const form = new FormData()
    for (const [name, member] of Object.entries(value as Values)) {
      for (const each of Array.isArray(member) ? member : [member]) form.append(name, toText(each))
    }
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (!isFile(property)) continue
      const [type = '*/*'] = media.encoding?.[name]?.contentType?.split(/, */) ?? []
      form.append(name, ...fileOf(type))
    }
    return { headers: {}, body: form }
  })
}

function isFile({ type, items, contentMediaType, contentEncoding, format }: JsonSchema): boolean {
  if (typeof items === 'object') return isFile(items)
  if (format === 'binary' || contentMediaType !== undefined) return true
  return type === undefined && contentEncoding === undefined
}

function withoutFiles({ properties = {}, required = [], ...schema }: JsonSchema): JsonSchema {
  const fields = Object.entries(properties).filter(([, property]) => !isFile(property))
  const names = new Set(fields.map(([name]) => name))
  return {
    ...schema,
    type: 'object',
    properties: Object.fromEntries(fields),
    required: required.filter((name) => names.has(name)),
  }
}

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0])

function fileOf(type: string): [content: Blob, name: string] {
  return type === 'image/png'
    ? [new Blob([PNG], { type }), 'picture.png']
    : [new Blob(['a file of text'], { type: 'text/plain' }), 'notes.txt']
}

type Spoil = (request: FuzzRequest) => FuzzRequest

const ODD_TEXT = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    'null',
    '0',
    '-1',
    '1e309',
    'NaN',
    '9007199254740993',
    '__proto__',
    "' OR 1=1 --",
    '%',
    '\u0000',
    '../..',
    '2026-13-45T99:99:99Z',
    '1'.repeat(300),
  ),
)
const ODD_HEADER = ODD_TEXT.map((text) => text.replaceAll(/[^ -~]/g, '?').trim())
const ODD_BYTES = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  ODD_TEXT.map((text) => new TextEncoder().encode(text)),
  fc
    .constantFrom('{', '[1,', '{"a":1,"a":2}', '\ufeff{}', '"\\ud800"', '{"__proto__":{}}', '1e999')
    .map((text) => new TextEncoder().encode(text)),
  fc.constant(new TextEncoder().encode('['.repeat(100) + ']'.repeat(100))),
)
const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'range', 'if-range'] as const

/** The ways to spoil a request. */
function spoils({ operation, method }: Route): fc.Arbitrary<Spoil> {
  const spoilt = (spoil: (request: FuzzRequest) => Partial<FuzzRequest>): Spoil => {
    return (request) => ({ ...request, ...spoil(request), valid: false })
  }
  const header = (name: string, value: string): Spoil =>
    spoilt(({ headers }) => ({ headers: { ...headers, [name]: value } }))
  const general = [
    ...(method === 'GET' ? [fc.constant(spoilt(() => ({ method: 'HEAD' })))] : []),
    fc.tuple(ODD_TEXT, ODD_TEXT).map(([name, value]) =>
      spoilt(({ path }) => {
        return { path: `${path}${path.includes('?') ? '&' : '?'}${encode(name)}=${encode(value)}` }
      }),
    ),
    fc
      .tuple(fc.nat(), ODD_TEXT)
      .map(([at, text]) => spoilt(({ path }) => ({ path: bend(path, at, text) }))),
    fc
      .constantFrom(
        'text/html',
        '*/*;q=0',
        'application/json;q=0.1, */*;q=0',
        '',
        'a/b/c',
        'image/*',
      )
      .map((accept) => header('accept', accept)),
    fc
      .constantFrom('gzip', 'gzip;q=0', 'identity;q=0, *;q=0', 'br, zstd', 'a b c', '*')
      .map((coding) => header('accept-encoding', coding)),
    fc
      .tuple(fc.constantFrom(...CONDITIONS), conditions())
      .map(([name, value]) => header(name, value)),
    fc
      .tuple(fc.constantFrom('idempotency-key', 'last-event-id', 'cookie', 'origin'), ODD_HEADER)
      .map(([name, value]) => header(name, value)),
    ...(operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'header')
      .map(({ name }) => ODD_HEADER.map((value) => header(name, value))),
  ]
  if (!operation.requestBody) return fc.oneof(...general)
  const ofBody = [
    ODD_BYTES.map((body) => spoilt(() => ({ body: new Uint8Array(body) }))),
    fc.constant(spoilt(() => ({ body: undefined }))),
    fc
      .constantFrom(
        'text/plain',
        'application/json; charset=latin1',
        'multipart/form-data',
        'x',
        '',
      )
      .map((type) => header('content-type', type)),
    fc
      .tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(), ODD_TEXT)
      .map(([value, at, name]) =>
        spoilt(({ body }) => ({ body: bendJson(body, { value, at, name }) })),
      ),
    fc.jsonValue().map((value) => spoilt(() => ({ body: JSON.stringify(value) }))),
  ]
  return fc.oneof(fc.oneof(...general), { weight: 2, arbitrary: fc.oneof(...ofBody) })
}

function conditions(): fc.Arbitrary<string> {
  return fc.oneof(
    ODD_HEADER,
    fc.constantFrom(
      '*',
      '"x"',
      'W/"1"',
      '"1", "2"',
      'bytes=0-0',
      'bytes=-5',
      'bytes=9-1',
      'bytes=0-',
    ),
    fc.constantFrom(
      'bytes=99999999999999999999-',
      'bytes=0-1,3-4',
      'Thu, 01 Jan 2100 00:00:00 GMT',
    ),
    fc.nat(9).map((version) => `"${version}"`),
  )
}

/** Replaces one piece of a path or query by another text. */
function bend(path: string, at: number, text: string): string {
  const pieces = path.split(/(?<=[/?&=])/)
  const chosen = at % pieces.length
  return pieces
    .map((piece, index) => {
      if (index !== chosen || index === 0) return piece
      return encode(text) + (piece.match(/[/?&=]$/)?.[0] ?? '')
    })
    .join('')
}

/** Puts another value in the place of one member of a JSON object, or takes the member away. */
function bendJson(
  body: FuzzRequest['body'],
  { value, at, name }: { value: unknown; at: number; name: string },
): FuzzRequest['body'] {
  const members = typeof body === 'string' ? membersOf(body) : undefined
  if (!members) return JSON.stringify(value)
  const keys = [...Object.keys(members), name]
  const key = keys[at % keys.length] ?? name
  const { [key]: _, ...others } = members
  return JSON.stringify(at % 3 === 0 ? others : { ...others, [key]: value })
}

function membersOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
