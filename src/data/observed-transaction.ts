import { createTrace, PlinthError, type Signals, type TraceContext } from '../kernel/index.ts'
import type { Isolation } from './store.ts'

export interface TransactionSubject {
  readonly signals: Signals
  /** What the transaction is part of. */
  readonly parent: TraceContext | undefined
  /** `db.system.name`. */
  readonly system: string
  readonly isolation: Isolation | undefined
  readonly readOnly: boolean
}

/** A transaction at work, as its span tells of it. */
export interface TransactionSpan {
  /** What its statements are part of. */
  readonly trace: TraceContext
  /** How often its function was begun. */
  attempts: number
}

/** Runs a transaction and reports it as an internal span, from its wait for a turn to its commit. */
export async function observedTransaction<T>(
  subject: TransactionSubject,
  run: (span: TransactionSpan) => Promise<T>,
): Promise<T> {
  const span = { trace: createTrace(subject.parent), attempts: 0 }
  const start = Date.now()
  const began = performance.now()
  try {
    const value = await run(span)
    report(subject, span, { start, began, outcome: 'committed' })
    return value
  } catch (error) {
    report(subject, span, { start, began, outcome: outcomeOf(error), error })
    throw error
  }
}

type Outcome = 'committed' | 'rolled_back' | 'unknown'

function report(
  { signals, parent, system, isolation, readOnly }: TransactionSubject,
  { trace, attempts }: TransactionSpan,
  ended: { start: number; began: number; outcome: Outcome; error?: unknown },
): void {
  const { start, began, outcome, error } = ended
  signals.span({
    name: 'transaction',
    kind: 'internal',
    traceId: trace.traceId,
    spanId: trace.spanId,
    parentSpanId: parent?.spanId,
    sampled: trace.sampled,
    start,
    duration: performance.now() - began,
    attributes: {
      'db.system.name': system,
      'plinth.transaction.isolation': isolation,
      'plinth.transaction.read_only': readOnly || undefined,
      'plinth.transaction.outcome': outcome,
      'plinth.transaction.attempts': attempts,
    },
    ...(isFailure(error) && { error }),
  })
}

/** When the connection is lost during a commit, nobody can tell. */
function outcomeOf(error: unknown): Outcome {
  const { committed } = (error instanceof PlinthError && error.details) || {}
  return committed === 'unknown' ? 'unknown' : 'rolled_back'
}

/** That an operation refused what was asked of it, and so undid it, is no failure. */
function isFailure(error: unknown): boolean {
  return error !== undefined && !(error instanceof PlinthError && error.status < 500)
}
