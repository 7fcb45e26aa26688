import type { RowChange } from '../data/index.ts'
import type { Context } from '../http/index.ts'
import type { Actor, Scope } from '../kernel/index.ts'

/** Who did something, and from where. */
export interface Who {
  readonly actor: string | null
  readonly kind: 'user' | 'key' | 'token' | 'actor' | 'system' | 'nobody'
  readonly impersonator: string | null
  readonly session: string | null
  readonly address: string | null
  readonly trace: string | null
}

/** The scope of a request is the context of its handler. */
type RequestScope = Scope & Partial<Pick<Context, 'principal' | 'incoming'>>

const KINDS = { session: 'user', key: 'key', token: 'token' } as const

/**
 * Finds out who changed a row. What a request does as the system is put down to its caller, as `system`: it went
 * past the policies.
 */
export function whoChanged({ by, scope }: Pick<RowChange, 'by' | 'scope'>): Who {
  const { principal = null, incoming, trace }: RequestScope = scope ?? {}
  const where = { address: incoming?.address ?? null, trace: trace?.traceId ?? null }
  const caller = principal && (by === 'system' || by?.id === principal.actor.id) ? principal : null
  if (!caller) {
    return { actor: idOf(by), kind: kindOf(by), impersonator: null, session: null, ...where }
  }
  return {
    actor: caller.actor.id,
    kind: by === 'system' ? 'system' : KINDS[caller.kind ?? 'session'],
    impersonator: caller.impersonator ?? null,
    session: caller.sessionId,
    ...where,
  }
}

function idOf(by: RowChange['by']): string | null {
  return by === 'system' ? null : ((by as Actor | null)?.id ?? null)
}

function kindOf(by: RowChange['by']): Who['kind'] {
  if (by === 'system') return 'system'
  return by === null ? 'nobody' : 'actor'
}

/** The log by itself. */
export const ITSELF: Who = {
  actor: null,
  kind: 'system',
  impersonator: null,
  session: null,
  address: null,
  trace: null,
}
