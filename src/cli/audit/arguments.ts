import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

export type AuditCommand = 'verify' | 'export' | 'cut'

export interface AuditArguments {
  readonly command: AuditCommand
  readonly config: string | undefined
  /** Public keys by name, instead of the keys of the configuration. */
  readonly keys: Readonly<Record<string, string>> | undefined
  /** A file of checkpoints that were kept elsewhere. */
  readonly published: string | undefined
  readonly before: Date | undefined
  readonly filter: {
    readonly actor: string | undefined
    readonly event: string | undefined
    readonly table: string | undefined
    readonly row: string | undefined
    readonly from: Date | undefined
    readonly to: Date | undefined
  }
}

const options = {
  config: { type: 'string' },
  key: { type: 'string', multiple: true },
  published: { type: 'string' },
  before: { type: 'string' },
  actor: { type: 'string' },
  event: { type: 'string' },
  table: { type: 'string' },
  row: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
} as const

/** The options that mean something to each command, beside `config`. */
const known: Readonly<Record<AuditCommand, readonly string[]>> = {
  verify: ['key', 'published'],
  export: ['actor', 'event', 'table', 'row', 'from', 'to'],
  cut: ['before'],
}

/** Reads the words behind `plinth audit`; throws `UsageError` for what makes no sense. */
export function readAuditArguments(args: readonly string[]): AuditArguments {
  const { values, positionals } = parse(args)
  const [command, extra] = positionals
  if (!isCommand(command)) {
    const got = command === undefined ? '"audit" is not all' : `"audit ${command}" is unknown`
    throw new UsageError(`${got}; expected verify, export or cut`)
  }
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`)
  for (const name of Object.keys(values)) {
    if (name === 'config' || known[command].includes(name)) continue
    throw new UsageError(`--${name} means nothing to audit ${command}`)
  }
  const { config, key, published, actor, event, table, row } = values
  const before = instantOf('before', values.before)
  if (command === 'cut' && !before) {
    throw new UsageError('audit cut: say --before when, such as --before 2026-01-01')
  }
  const from = instantOf('from', values.from)
  const to = instantOf('to', values.to)
  const keys = key && Object.fromEntries(key.map(readKey))
  return {
    command,
    config,
    keys,
    published,
    before,
    filter: { actor, event, table, row, from, to },
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function isCommand(value: string | undefined): value is AuditCommand {
  return value !== undefined && Object.hasOwn(known, value)
}

function readKey(text: string): [name: string, key: string] {
  const [name, key, ...rest] = text.split('=')
  if (name && key && rest.length === 0) return [name, key]
  throw new UsageError(`--key ${text}: expected name=key, a public key as base64url`)
}

function instantOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const date = new Date(text)
  if (!Number.isNaN(date.getTime())) return date
  throw new UsageError(
    `--${name} ${text}: expected a time, such as 2026-01-01 or 2026-01-01T12:00Z`,
  )
}
