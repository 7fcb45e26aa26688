/*
 * A collector that takes a batch may say that it left out some of it (OTLP/HTTP, "Partial Success"). An
 * answer that is not understood says nothing of the kind.
 */

/** Reads the count from an answer in JSON, where it is a number or, as a 64-bit integer, text. */
export function rejectedInJson(body: Uint8Array, field: string): number {
  try {
    const { partialSuccess } = JSON.parse(new TextDecoder().decode(body))
    return toCount(Number(partialSuccess?.[field] ?? 0))
  } catch {
    return 0
  }
}

/** Reads it from the binary form: field 1 of the answer is a message, whose field 1 is the count. */
export function rejectedInProtobuf(body: Uint8Array): number {
  const partial = fieldOne(body)
  const count = partial instanceof Uint8Array ? fieldOne(partial) : undefined
  return typeof count === 'number' ? toCount(count) : 0
}

function toCount(value: number): number {
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}

/** The first field of a message where that has the number 1: both messages have it first. */
function fieldOne(bytes: Uint8Array): number | Uint8Array | undefined {
  const VARINT = 0x08
  const LENGTH = 0x0a
  if (bytes[0] !== VARINT && bytes[0] !== LENGTH) return undefined
  let value = 0
  let scale = 1
  for (let at = 1; at < Math.min(bytes.length, 8); at += 1) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) return bytes[0] === VARINT ? value : bytes.subarray(at + 1, at + 1 + value)
  }
  return undefined
}
