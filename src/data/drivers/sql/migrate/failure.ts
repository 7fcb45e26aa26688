import { PlinthError } from '../../../../kernel/index.ts'

/** Where a migration is: what it was doing when it failed. */
export interface Place {
  /** The file, where there is one. */
  readonly file?: string | undefined
  /** The step in words. */
  readonly step: string
  /** Which statement of how many. */
  readonly statement: number
  readonly statements: number
  /** Whether what was done before is undone. */
  readonly undone: boolean
}

/** Not the migration's fault: the same run may succeed at another time. */
const PASSING = new Set([
  'busy',
  'aborted',
  'transaction_timeout',
  'closed',
  'storage_failed',
  'migration_refused',
  'migration_failed',
])

export function refusal(
  refused: readonly string[],
  hint: string,
  cause?: unknown,
): PlinthError<'migration_refused'> {
  const list = refused.map((reason) => `\n- ${reason}`).join('')
  const message = `The database cannot be migrated as it is:${list}\n${hint}`
  return new PlinthError('migration_refused', message, { details: { refused }, cause })
}

/** Says what a migration was doing when it failed, and what has become of it. */
export function failure(error: unknown, place: Place | undefined): unknown {
  if (!place || (error instanceof PlinthError && PASSING.has(error.code))) return error
  const { file, step, statement, statements, undone } = place
  const rest = undone
    ? 'Nothing of it was kept; mend it and run it again.'
    : 'What was done before is kept; mend the cause and run it again, and it goes on from there.'
  // A unique key that rows share, or a reference that they do not keep to.
  if (error instanceof PlinthError && error.code === 'conflict') {
    return refusal([`${step}: rows would share values`], rest, error)
  }
  const where = file === undefined ? '' : ` ${file}`
  return new PlinthError(
    'migration_failed',
    `The migration${where} failed at statement ${statement} of ${statements} (${step}): ` +
      `${reasonOf(error)}\n${rest}`,
    { details: { ...(file !== undefined && { file }), step, statement, statements }, cause: error },
  )
}

/** What the database said, which the errors of drivers carry as their cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : new Error(String(error))
  return cause instanceof Error ? cause.message : message
}
