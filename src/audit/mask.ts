import { type AnyTable, type Column, marksOf } from '../data/index.ts'
import { isSecretName, type Mark, marksIn, sha256 } from '../kernel/index.ts'

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
 * `personal` says whether those marked as personal do. Inside JSON, keys that are called like a secret, or
 * marked, are masked. That a masked column was changed is told all the same.
 */
export function createMask({ personal }: { personal: 'mask' | 'keep' }): Mask {
  const known = new WeakMap<object, Hidden>()
  return async (table, row) => {
    if (row === null) return null
    const hidden = known.get(table.columns) ?? hiddenIn(table, personal)
    known.set(table.columns, hidden)
    const shown: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(row)) {
      const mask = value === null ? undefined : hidden.columns.get(name)
      shown[name] = mask ?? (await show(value, hidden.within.get(name) ?? NONE))
    }
    return shown
  }
}

/** What stands in the place of what, by name. */
type Masks = ReadonlyMap<string, string>

interface Hidden {
  readonly columns: Masks
  /** The marked members of columns that hold JSON, by column. */
  readonly within: ReadonlyMap<string, Masks>
}

const NONE: Masks = new Map()

function hiddenIn(table: AnyTable, personal: 'mask' | 'keep'): Hidden {
  const within = new Map<string, Masks>()
  const called = new Map<string, string>()
  for (const [name, { schema }] of Object.entries<Column>(table.columns)) {
    if (isSecretName(name)) called.set(name, SECRET)
    within.set(name, masksOf(marksIn(schema), personal))
  }
  return { columns: new Map([...masksOf(marksOf(table), personal), ...called]), within }
}

function masksOf(marks: ReadonlyMap<string, Mark>, personal: 'mask' | 'keep'): Masks {
  const masks = new Map<string, string>()
  for (const [name, mark] of marks) {
    if (mark === 'secret') masks.set(name, SECRET)
    else if (personal === 'mask') masks.set(name, PERSONAL)
  }
  return masks
}

async function show(value: unknown, masks: Masks): Promise<unknown> {
  if (value instanceof Uint8Array) {
    return { bytes: value.length, sha256: await sha256(value) } satisfies Digest
  }
  return withoutSecrets(value, masks)
}

/** Values of JSON columns: as deep as the data layer lets them be. */
function withoutSecrets(value: unknown, masks: Masks): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, masks))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const mask = isSecretName(key) ? SECRET : masks.get(key)
      return [key, item === null ? null : (mask ?? withoutSecrets(item, masks))]
    }),
  )
}
