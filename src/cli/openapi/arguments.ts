import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

export interface OpenapiArguments {
  /** The file that the document is written to. */
  readonly out: string | undefined
  /** The file of an earlier document. */
  readonly against: string | undefined
  /** The module that exports the app. */
  readonly app: string | undefined
  readonly config: string | undefined
}

const options = {
  out: { type: 'string' },
  against: { type: 'string' },
  app: { type: 'string' },
  config: { type: 'string' },
} as const

/** Reads the words behind `plinth openapi`; throws `UsageError` for what makes no sense. */
export function readOpenapiArguments(args: readonly string[]): OpenapiArguments {
  const { out, against, app, config } = parse(args).values
  if (app !== undefined && config !== undefined) {
    throw new UsageError('--app and --config name two apps; give one of them')
  }
  return { out, against, app, config }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
