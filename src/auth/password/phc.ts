import { fromBase64Url, toBase64Url } from '../../kernel/index.ts'

/** What one argon2id hash costs. */
export interface Cost {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly lanes: number
}

/** A stored hash, taken apart. */
export interface StoredHash extends Cost {
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,172})$/

/**
 * Writes a hash as a PHC string, which carries its own parameters: `$argon2id$v=19$m=...`. The form
 * that every argon2 library reads, so passwords can be brought along and taken away.
 */
export function toPhc({ memory, passes, lanes, salt, hash }: StoredHash): string {
  const cost = `m=${memory},t=${passes},p=${lanes}`
  return `$argon2id$v=19$${cost}$${toBase64(salt)}$${toBase64(hash)}`
}

/** Reads a PHC string, or answers `undefined` when it is not one of argon2id version 19. */
export function parsePhc(text: string): StoredHash | undefined {
  const [, memory, passes, lanes, salt = '', hash = ''] = PHC.exec(text) ?? []
  const [saltBytes, hashBytes] = [fromBase64(salt), fromBase64(hash)]
  if (!saltBytes || !hashBytes || !memory) return undefined
  return {
    memory: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: saltBytes,
    hash: hashBytes,
  }
}

/** PHC strings use base64 of RFC 4648 section 4 without padding. */
function toBase64(bytes: Uint8Array): string {
  return toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/')
}

function fromBase64(text: string): Uint8Array | undefined {
  return fromBase64Url(text.replaceAll('+', '-').replaceAll('/', '_'))
}
