import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

export type Command = 'plan' | 'apply' | 'status'

export interface Arguments {
  readonly command: Command
  /** Of the file that `plan` writes. */
  readonly name: string | undefined
  readonly config: string | undefined
  readonly folder: string
  readonly allow: readonly string[]
  readonly rename: Readonly<Record<string, string>>
  readonly fromEmpty: boolean
  readonly baseline: string | undefined
}

export const USAGE = `Usage: plinth migrate <command> [options]
       plinth openapi [options]
       plinth audit <command> [options]

migrate:
  plan [name]   Write what the database lacks into a new file, and say whom it blocks.
  apply         Run the files that were not run yet.
  status        Say what was applied, what is pending and what differs.

  --config <file>      The module that exports the database. Default: plinth.config.ts, .js or .mjs.
  --folder <folder>    Where the files are. Default: migrations.
  --allow <what>       plan: lets it drop or convert: drop:table, drop:table.column, alter:table.column.
  --rename <from=to>   plan: table=table, or table.column=table.column.
  --from-empty         plan: as if the database had no tables: the first file of an existing one.
  --baseline <file>    apply: record the files up to this one as applied, without running them.

openapi: writes the API's description, to the terminal when no option says otherwise.
  --out <file>         Write it to this file.
  --against <file>     Name what has changed since this earlier document, breaking changes first.
  --app <file>         The module that exports the app (as default or app), a function that makes one,
                       or the options of backend(). Default: plinth.config.ts, .js or .mjs.

audit:
  verify        Read the whole log and say what is not as it was written, and where.
  export        Write it to the terminal, one entry a line, as JSON.
  cut           Remove what is older, up to a signed checkpoint, and leave a signed marker.

  --config <file>      The module that exports the options of backend(). Default: as above.
  --key <name=key>     verify: a public key (base64url), instead of the keys of the configuration.
  --published <file>   verify: checkpoints that were kept elsewhere, one a line, as JSON.
  --actor, --event, --table, --row, --from, --to   export: only entries with these, of this time.
  --before <time>      cut: what is older goes.

  --help

Exit codes: 0 done, or nothing to do; 1 refused or failed, (openapi) breaking changes, or (audit verify)
findings; 2 not understood;
3 (status) files are pending, or the database differs from the code.`

const options = {
  config: { type: 'string' },
  folder: { type: 'string', default: 'migrations' },
  allow: { type: 'string', multiple: true, default: [] as string[] },
  rename: { type: 'string', multiple: true, default: [] as string[] },
  'from-empty': { type: 'boolean', default: false },
  baseline: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** The options that mean something to each command, beside `config` and `folder`. */
const known: Readonly<Record<Command, readonly string[]>> = {
  plan: ['allow', 'rename', 'from-empty'],
  apply: ['baseline'],
  status: [],
}

/** Reads the words of a command line; throws `UsageError` for what makes no sense. */
export function readArguments(args: readonly string[]): Arguments | 'help' {
  const { values, positionals, tokens } = parse(args)
  if (values.help || args.length === 0) return 'help'
  const [area, command, name, ...rest] = positionals
  if (area !== 'migrate')
    throw new UsageError(`"${area ?? ''}" is unknown; expected migrate, openapi or audit`)
  if (!isCommand(command)) {
    const got = command === undefined ? '"migrate" is not all' : `"migrate ${command}" is unknown`
    throw new UsageError(`${got}; expected plan, apply or status`)
  }
  if (rest.length > 0 || (name !== undefined && command !== 'plan')) {
    throw new UsageError(`"${rest[0] ?? name}" is one word too many`)
  }
  for (const token of tokens) {
    if (token.kind !== 'option' || ['config', 'folder', ...known[command]].includes(token.name))
      continue
    throw new UsageError(`--${token.name} means nothing to ${command}`)
  }
  if (name !== undefined && !/^[\w-]{1,100}$/.test(name)) {
    throw new UsageError(`"${name}": a name has up to 100 letters, digits, _ and -`)
  }
  return {
    command,
    name,
    config: values.config,
    folder: values.folder,
    allow: values.allow,
    rename: Object.fromEntries(values.rename.map(readRename)),
    fromEmpty: values['from-empty'],
    baseline: values.baseline,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function isCommand(value: string | undefined): value is Command {
  return value !== undefined && Object.hasOwn(known, value)
}

function readRename(text: string): [from: string, to: string] {
  const [from, to, ...rest] = text.split('=')
  if (from && to && rest.length === 0) return [from, to]
  throw new UsageError(`--rename ${text}: expected old=new, such as notes.body=notes.text`)
}
