import type { LogRecord, Scope } from '../kernel/index.ts'
import type { Happening } from './draft.ts'
import type { Who } from './who.ts'

/** What auth tells of an event: identifiers, never what was typed in. */
export interface SecurityFacts {
  readonly user?: string | undefined
  readonly session?: string | undefined
  readonly impersonator?: string | undefined
  readonly staff?: string | undefined
  readonly address?: string | undefined
  readonly reason?: string | undefined
}

/** Events of somebody who has not shown who they are: the user is whom it is about. */
const UNPROVED: ReadonlySet<string> = new Set([
  'auth.sign_in_failed',
  'auth.second_factor_asked',
  'auth.second_factor_failed',
  'auth.code_requested',
  'auth.token_reused',
  'auth.limited',
])

type Stamp = Pick<Happening, 'id' | 'at'>

/** An event of auth as something that happened. */
export function fromAuth(
  { event, facts, scope }: { event: string; facts: SecurityFacts; scope: Scope },
  stamp: Stamp,
): Happening {
  const { user = null, staff, reason } = facts
  const actor = staff ?? (UNPROVED.has(event) ? null : user)
  const who: Who = {
    actor,
    kind: actor === null ? 'nobody' : 'user',
    impersonator: facts.impersonator ?? null,
    session: facts.session ?? null,
    address: facts.address ?? null,
    trace: scope.trace?.traceId ?? null,
  }
  return { ...stamp, event, who, row: user, details: reason === undefined ? undefined : { reason } }
}

/** A denial, as the log line of `http` tells it. */
export function fromDenial(
  { attributes = {}, message, trace }: LogRecord,
  stamp: Stamp,
): Happening {
  const text = (name: string): string | null => {
    const value = attributes[name]
    return value === undefined ? null : String(value)
  }
  const actor = text('plinth.user.id')
  const who: Who = {
    actor,
    kind: actor === null ? 'nobody' : 'user',
    impersonator: text('plinth.auth.impersonator'),
    session: text('plinth.session.id'),
    address: text('client.address'),
    trace: trace?.traceId ?? null,
  }
  const details = { operation: message.replace(/ denied$/, ''), code: text('error.type') }
  return { ...stamp, event: 'http.denied', who, details }
}
