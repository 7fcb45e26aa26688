import { misuse } from '../../../kernel/index.ts'
import { defaultEngine, type EngineName, engineNames } from './load-engine.ts'

export interface SqliteOptions {
  /** The package that speaks to SQLite. Default: the one that needs the least on this runtime. */
  readonly engine?: EngineName
  /**
   * `full` (default): what was acknowledged survives the loss of power. `normal`: survives the end of
   * the process, but the loss of power may undo the last moments; the file stays sound either way.
   */
  readonly synchronous?: 'full' | 'normal'
  /** Milliseconds that a transaction may take, waiting included, unless it says otherwise. Default 5,000. */
  readonly timeout?: number
}

export type Settings = Required<SqliteOptions>

const known: Readonly<Record<keyof SqliteOptions, readonly string[] | 'milliseconds'>> = {
  engine: engineNames,
  synchronous: ['full', 'normal'],
  timeout: 'milliseconds',
}

/** Fills in the defaults; a name or value that is not known is a mistake in the caller's code. */
export function resolveOptions(place: string, options: SqliteOptions): Settings {
  for (const [name, value] of Object.entries(options)) {
    const values = (known as Record<string, readonly string[] | 'milliseconds' | undefined>)[name]
    if (!values) {
      throw misuse(place, `unknown option "${name}"; options are: ${Object.keys(known).join(', ')}`)
    }
    if (value === undefined) continue
    if (values === 'milliseconds') assertMilliseconds(`${place}: option "${name}"`, value)
    else if (!values.includes(value)) {
      throw misuse(
        place,
        `option "${name}" is ${show(value)}; expected one of: ${values.join(', ')}`,
      )
    }
  }
  return {
    engine: options.engine ?? defaultEngine(),
    synchronous: options.synchronous ?? 'full',
    timeout: options.timeout ?? 5000,
  }
}

/** The longest wait that timers can measure. */
const MAX_MILLISECONDS = 2 ** 31 - 1

export function assertMilliseconds(place: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= MAX_MILLISECONDS) return
  throw misuse(
    place,
    `is ${show(value)}; expected milliseconds, above 0 and up to ${MAX_MILLISECONDS}`,
  )
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
