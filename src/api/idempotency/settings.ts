import type { OperationSpec } from '../../http/index.ts'
import { assertKnown, misuse } from '../../kernel/index.ts'

/** How an operation honours keys, with its defaults in place. Milliseconds. */
export interface Keeping {
  readonly keep: number
  readonly wait: number
}

const DAY = 86_400_000
const DEFAULTS: Keeping = { keep: DAY, wait: 3_000 }
const MAXIMA: Keeping = { keep: 366 * DAY, wait: 60_000 }

/** Fills in the defaults of `idempotent`. Throws `misuse` for times that nothing can keep. */
export function resolveKeeping(idempotent: OperationSpec['idempotent'], place: string): Keeping {
  const options = typeof idempotent === 'object' ? idempotent : {}
  assertKnown(`${place}: idempotent`, options, Object.keys(DEFAULTS))
  const resolved = { ...DEFAULTS, ...options }
  for (const name of ['keep', 'wait'] as const) {
    const value = resolved[name]
    if (Number.isSafeInteger(value) && value >= 1 && value <= MAXIMA[name]) continue
    throw misuse(
      `${place}: idempotent`,
      `${name} is ${String(value)}; expected a whole number of milliseconds from 1 to ${MAXIMA[name]}`,
    )
  }
  return resolved
}
