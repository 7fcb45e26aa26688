import { type AnyTable, marksOf } from '../data/index.ts'
import { isSecretName, sha256 } from '../kernel/index.ts'

/** What stands where a secret was. */
const SECRET = '[secret]'
/** What stands where personal data was. */
const PERSONAL = '[personal]'
/** Bytes are told by their length and digest: a log is no place for files. */
interface Digest {
  readonly bytes: number
  readonly sha256: string
}

/** Shows the values of a row as the log may hold them. */
export type Mask = (
  table: AnyTable,
  row: Readonly<Record<string, unknown>> | null,
) => Promise<Record<string, unknown> | null>

/**
 * Creates the function that masks rows. Columns marked as secret, or called like one, never show;
 * `personal` says whether those marked as personal do. Inside JSON, keys that are called like a secret are
 * masked. That a masked column was changed is told all the same.
 */
export function createMask({ personal }: { personal: 'mask' | 'keep' }): Mask {
  const known = new WeakMap<object, ReadonlyMap<string, string>>()
  return async (table, row) => {
    if (row === null) return null
    const hidden = known.get(table.columns) ?? hiddenIn(table, personal)
    known.set(table.columns, hidden)
    const shown: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(row)) {
      const mask = value === null ? undefined : hidden.get(name)
      shown[name] = mask ?? (await show(value))
    }
    return shown
  }
}

function hiddenIn(table: AnyTable, personal: 'mask' | 'keep'): ReadonlyMap<string, string> {
  const hidden = new Map<string, string>()
  for (const name of Object.keys(table.columns)) {
    if (isSecretName(name)) hidden.set(name, SECRET)
  }
  for (const [name, mark] of marksOf(table)) {
    if (mark === 'secret') hidden.set(name, SECRET)
    else if (personal === 'mask' && !hidden.has(name)) hidden.set(name, PERSONAL)
  }
  return hidden
}

async function show(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) {
    return { bytes: value.length, sha256: await sha256(value) } satisfies Digest
  }
  return withoutSecrets(value)
}

/** Values of JSON columns: as deep as the data layer lets them be. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(withoutSecrets)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      item !== null && isSecretName(key) ? SECRET : withoutSecrets(item),
    ]),
  )
}
