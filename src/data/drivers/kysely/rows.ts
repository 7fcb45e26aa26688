import { decoderOf } from '../../stored.ts'
import type { StoredValue } from '../../value.ts'
import type { Kinds } from './kinds.ts'

/** Turns stored values into those of rows, in place, where it is known what they hold. */
export function decodeRows(rows: readonly Record<string, unknown>[], kinds: Kinds): void {
  for (const [name, kind] of kinds) {
    const decode = kind && decoderOf(kind)
    if (!decode) continue
    for (const row of rows) {
      const value = row[name] as StoredValue | undefined
      if (value !== null && value !== undefined) row[name] = decode(value)
    }
  }
}
