import type { Parameter } from '../sql/driver.ts'

/** The values that statements were last run with. */
export interface BoundValues {
  /** From now on they are kept; before that nothing is. */
  keep(): void
  note(sql: string, params: readonly Parameter[]): void
  of(sql: string): readonly Parameter[] | undefined
}

/** Statements of which the values are kept. */
const MOST = 200
/** Signs or bytes of one value: larger ones are not worth their memory. */
const LARGEST = 1024

/**
 * Keeps the values of the statements run last. MySQL and MariaDB know no plan without them: they look at
 * each value, and a null would let them answer that nothing can be found.
 */
export function createBoundValues(): BoundValues {
  let known: Map<string, readonly Parameter[]> | undefined
  return {
    keep() {
      known ??= new Map()
    },
    note(sql, params) {
      if (!known) return
      known.delete(sql)
      if (params.some(isLarge)) return
      known.set(sql, params)
      if (known.size > MOST) known.delete(known.keys().next().value as string)
    },
    of: (sql) => known?.get(sql),
  }
}

function isLarge(param: Parameter): boolean {
  const { length } = (param ?? '') as { length?: number }
  return length !== undefined && length > LARGEST
}
