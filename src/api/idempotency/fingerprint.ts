import type { Context } from '../../http/index.ts'
import { sha256 } from '../../kernel/index.ts'

/** Digests what a request asks for: method, path, query and validated body. */
export function fingerprintOf({ incoming, body }: Context): string | Promise<string> {
  const { method, path, query } = incoming
  return sha256(JSON.stringify([method, path, query, body], bigintsAsText))
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
