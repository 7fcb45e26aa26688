import type { Context } from '../../http/index.ts'
import { sha256, toHex } from '../../kernel/index.ts'

/** Digests what a request asks for: method, path, query and what was validated of headers and body. */
export function fingerprintOf({ incoming, headers, body }: Context): string | Promise<string> {
  const { method, path, query } = incoming
  return sha256(JSON.stringify([method, path, query, headers, body], distinct))
}

/** What JSON has no words for must not be told apart by nothing. */
function distinct(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) }
  if (value instanceof Uint8Array) return { bytes: toHex(value) }
  if (value instanceof Map) return { map: [...value] }
  if (value instanceof Set) return { set: [...value] }
  return value
}
