/** OpenTelemetry's own definitions of OTLP, as its JavaScript packages are generated from them. */

import definitions from 'opentelemetry-definitions/build/src/generated/root.js'

/** A message as plain values: 64-bit integers as text, ids in hexadecimal. */
export interface Decoded {
  // Whatever the definitions say.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly [field: string]: any
}

interface MessageClass {
  decode(bytes: Uint8Array): object
  encode(message: object): { finish(): Uint8Array }
  verify(message: object): string | null
  fromObject(plain: object): object
  toObject(message: object, options: object): Decoded
}

// Their declarations say no more than that there is a root.
// biome-ignore lint/suspicious/noExplicitAny: see above
const { collector } = (definitions as any).opentelemetry.proto

const REQUESTS: Readonly<Record<string, MessageClass>> = {
  '/v1/traces': collector.trace.v1.ExportTraceServiceRequest,
  '/v1/logs': collector.logs.v1.ExportLogsServiceRequest,
  '/v1/metrics': collector.metrics.v1.ExportMetricsServiceRequest,
}

/** Reads a request in the binary form, and throws when anything in it is not defined. */
export function fromProtobuf(path: string, bytes: Uint8Array): Decoded {
  const type = typeOf(path)
  const message = type.decode(bytes)
  // What the definitions do not know is passed over by their decoder, and missing when written again.
  const { length } = type.encode(message).finish()
  if (length !== bytes.length) throw new Error(`${bytes.length - length} bytes are not defined`)
  return toPlain(type, message)
}

/** Reads a request in the JSON form (OTLP: ids in hexadecimal, not base64). */
export function fromJson(path: string, text: string): Decoded {
  const type = typeOf(path)
  const given = JSON.parse(text)
  const message = type.fromObject(withBytes(given) as object)
  const wrong = type.verify(message)
  if (wrong) throw new Error(wrong)
  const plain = toPlain(type, message)
  assertKnown(given, plain, path)
  return plain
}

function typeOf(path: string): MessageClass {
  const type = REQUESTS[path]
  if (!type) throw new Error(`nothing is posted to ${path}`)
  return type
}

function toPlain(type: MessageClass, message: object): Decoded {
  return withHex(type.toObject(message, { longs: String })) as Decoded
}

function withBytes(value: unknown, key = ''): unknown {
  if (typeof value === 'string' && /^(trace|span|parentSpan)Id$/.test(key)) {
    return Uint8Array.from(Buffer.from(value, 'hex'))
  }
  return mapped(value, withBytes)
}

function withHex(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return mapped(value, withHex)
}

function mapped(value: unknown, change: (value: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => change(item, ''))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item, key)]))
}

/** Every member that was sent is one that the definitions know. */
function assertKnown(given: unknown, known: unknown, place: string): void {
  if (typeof given !== 'object' || given === null) return
  for (const [key, item] of Object.entries(given)) {
    const found = (known as Decoded | undefined)?.[key]
    // A list of nothing is as good as none.
    if (Array.isArray(item) && item.length === 0) continue
    if (found === undefined) throw new Error(`${place}.${key} is not defined`)
    assertKnown(item, found, `${place}.${key}`)
  }
}
