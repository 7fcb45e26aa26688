/** As much of CBOR (RFC 8949) as authenticators write. */
export type Cbor =
  | number
  | string
  | Uint8Array
  | readonly Cbor[]
  | ReadonlyMap<string | number, Cbor>

export function encodeCbor(value: Cbor): Uint8Array {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return join(head(3, utf8(value).length), utf8(value))
  if (value instanceof Uint8Array) return join(head(2, value.length), value)
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => join(encodeCbor(key), encodeCbor(item)))
    return join(head(5, value.size), ...entries)
  }
  const items = value as readonly Cbor[]
  return join(head(4, items.length), ...items.map(encodeCbor))
}

function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return bytes((major << 5) | argument, 1)
  if (argument < 256) return join(bytes((major << 5) | 24, 1), bytes(argument, 1))
  return join(bytes((major << 5) | 25, 1), bytes(argument, 2))
}

/** A whole number in so many bytes, the most significant first. */
export function bytes(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Math.floor(value / 256 ** (length - 1 - at)) % 256)
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
