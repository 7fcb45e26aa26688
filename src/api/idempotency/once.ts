import type { Database, Handle, Row, TransactionOptions } from '../../data/index.ts'
import type { Answer } from '../../http/index.ts'
import { type Clock, PlinthError, type Signals } from '../../kernel/index.ts'
import { inTransaction } from '../transaction.ts'
import { idempotencyRecords } from './records.ts'
import { createSweeper, EXPIRY } from './sweeper.ts'

/** A request that carries a key: who asks which operation for what. */
export interface KeyedRequest {
  readonly actor: string
  readonly operation: string
  readonly key: string
  readonly fingerprint: string
  /** How its transaction is run. */
  readonly options: TransactionOptions
}

type Identity = Pick<KeyedRequest, 'actor' | 'operation' | 'key'>

/** Answers a keyed request: the first time by `work`, later from what was stored then. */
export type Once = (request: KeyedRequest, db: Handle, work: Work) => Promise<Answer>

type Work = (tx: Handle) => Answer | Promise<Answer>

const ATTEMPTS = 3

/**
 * Creates the keeper of the promise of `Idempotency-Key`: however often and however close together a
 * request comes, its effect happens once and every answer is the first one, byte for byte.
 *
 * The answer is stored in the transaction of its effect, so there is never one without the other. An
 * answer of 400 or above undoes both: the next try runs again.
 */
export function createOnce({
  database,
  clock,
  signals,
}: {
  database: Database
  clock: Clock
  signals: Signals
}): Once {
  const sweep = createSweeper({ database, clock, signals })

  async function answer(tx: Handle, request: KeyedRequest, work: Work): Promise<Answer> {
    const known = await tx.system.first(idempotencyRecords, { where: identityOf(request) })
    const now = clock.now()
    if (known && known.createdAt.getTime() > now - EXPIRY) return replay(known, request.fingerprint)
    if (known) await tx.system.delete(idempotencyRecords, known.id)
    const answer = await work(tx)
    if (answer.status < 400) {
      const record = {
        ...identityOf(request),
        fingerprint: request.fingerprint,
        ...recordOf(answer),
        createdAt: new Date(now),
      }
      await tx.system.create(idempotencyRecords, record)
      tx.afterCommit(sweep)
    }
    return answer
  }

  /**
   * Where writers do not queue, a twin may commit between our look and our work. Then the work fails
   * on the record, or on what the twin has done: it took the last one in stock.
   */
  async function wasAnswered(request: KeyedRequest): Promise<boolean> {
    const unexpired = { createdAt: { gt: new Date(clock.now() - EXPIRY) } }
    return database.system.exists(idempotencyRecords, { ...identityOf(request), ...unexpired })
  }

  return async (request, db, work) => {
    for (let attempt = 1; ; attempt++) {
      let begun = false
      const begin: Work = (tx) => {
        begun = true
        return work(tx)
      }
      const lostToTwin = async () => begun && attempt < ATTEMPTS && (await wasAnswered(request))
      try {
        const given = await inTransaction(db, (tx) => answer(tx, request, begin), request.options)
        if (given.status < 400 || !(await lostToTwin())) return given
      } catch (error) {
        if (!isRefusal(error) || !(await lostToTwin())) throw error
      }
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof PlinthError && error.status < 500
}

function identityOf({ actor, operation, key }: KeyedRequest): Identity {
  return { actor, operation, key }
}

type StoredAnswer = Pick<Row<typeof idempotencyRecords>, 'status' | 'headers' | 'body'>

function recordOf({ status, headers = {}, body }: Answer): StoredAnswer {
  // A cookie is a secret of the first answer alone.
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'set-cookie')
  return {
    status,
    headers: Object.fromEntries(
      kept.map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
    ),
    body: body === undefined || body === null ? null : JSON.stringify(body),
  }
}

function replay(
  { fingerprint, status, headers, body }: Row<typeof idempotencyRecords>,
  asked: string,
): Answer {
  if (fingerprint !== asked) {
    throw new PlinthError(
      'idempotency_mismatch',
      'This Idempotency-Key was used for another request; use a new one.',
      { status: 422 },
    )
  }
  return {
    status,
    headers: { ...headers, 'idempotency-replayed': 'true' },
    // What `JSON.stringify` wrote is what it writes again of the value that was read from it.
    body: body === null ? null : JSON.parse(body),
  }
}
