import type { Cost } from './phc.ts'

/** What a hash is computed from. */
export interface Argon2Input extends Cost {
  readonly password: Uint8Array
  readonly salt: Uint8Array
  /** Bytes of hash. */
  readonly length: number
}

/** Computes argon2id, version 19 (RFC 9106). */
export type Argon2 = (input: Argon2Input) => Promise<Uint8Array>
