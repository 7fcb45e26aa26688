import { PlinthError } from '../kernel/index.ts'
import { readArguments, USAGE } from './arguments.ts'
import { readAuditArguments } from './audit/arguments.ts'
import { audit } from './audit/command.ts'
import { commands } from './commands.ts'
import { openConfig } from './config.ts'
import { readOpenapiArguments } from './openapi/arguments.ts'
import { openapi } from './openapi/command.ts'
import { EXIT, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** Runs one command; returns the exit code of the process. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const [area, ...words] = args
    if (area === 'openapi' && !words.includes('--help') && !words.includes('-h')) {
      return await openapi(readOpenapiArguments(words), terminal)
    }
    if (area === 'audit' && !words.includes('--help') && !words.includes('-h')) {
      return await audit(readAuditArguments(words), terminal)
    }
    const asked = readArguments(args)
    if (asked === 'help') {
      terminal.out(USAGE)
      return EXIT.done
    }
    const database = await openConfig(asked.config, terminal.folder)
    try {
      return await commands[asked.command](asked, { database, terminal })
    } finally {
      await database.close()
    }
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`${error.message}\n\n${USAGE}`)
      return EXIT.usage
    }
    terminal.err(error instanceof PlinthError ? error.message : describe(error))
    return EXIT.failed
  }
}

/** What the user's own file threw says where. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
