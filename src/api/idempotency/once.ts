import type { Database, Handle, Row, TransactionOptions } from '../../data/index.ts'
import type { Answer, Context } from '../../http/index.ts'
import { type Clock, PlinthError, type Signals } from '../../kernel/index.ts'
import { inTransaction } from '../transaction.ts'
import { createClaiming } from './claiming.ts'
import { createFlights } from './flights.ts'
import { idempotencyRecords } from './records.ts'
import type { Keeping } from './settings.ts'
import { createSweeper } from './sweeper.ts'

/** A request that carries a key: who asks which operation for what. */
export interface KeyedRequest {
  readonly actor: string
  readonly operation: string
  readonly key: string
  readonly fingerprint: string
  readonly keeping: Keeping
  /** How its transaction is run. */
  readonly options: TransactionOptions
}

type Identity = Pick<KeyedRequest, 'actor' | 'operation' | 'key'>
type Stored = Row<typeof idempotencyRecords>

/** Answers a keyed request: the first time by `work`, later from what was stored then. */
export type Once = (request: KeyedRequest, context: Context, work: Work) => Promise<Answer>

type Work = (tx: Handle) => Answer | Promise<Answer>

interface Ports {
  readonly database: Database
  readonly clock: Clock
  readonly signals: Signals
  /** Milliseconds after which no operation knows an answer any more. */
  readonly longest: number
}

/**
 * Creates the keeper of the promise of `Idempotency-Key`: however often and however close together a
 * request comes, its effect happens once and every answer is the first one, byte for byte.
 *
 * The record is made before the work, and the answer is written into it afterwards, in the transaction
 * of the effect: there is never one without the other, and nothing of either is left by a process that
 * dies on the way. An answer of 400 or above undoes both: the next try runs again.
 *
 * A twin of a request at work waits for it: in this process for its end, in another at the unique key
 * of the record, and gives up with 409 `idempotency_in_flight`.
 */
export function createOnce({ database, clock, signals, longest }: Ports): Once {
  const sweep = createSweeper({ database, clock, signals, longest })
  const flights = createFlights<Stored>()

  return (request, context, work) =>
    flights.join(
      JSON.stringify([request.actor, request.operation, request.key]),
      { wait: request.keeping.wait, context },
      { lead: () => lead(request, context, work), follow: (record) => replay(record, request) },
    )

  async function lead(
    request: KeyedRequest,
    context: Context,
    work: Work,
  ): Promise<{ readonly answer: Answer; readonly landed: Stored | undefined }> {
    for (;;) {
      try {
        return await run(request, context, work)
      } catch (error) {
        if (!(error instanceof Taken)) throw error
      }
      const known = await database.system.first(idempotencyRecords, { where: identityOf(request) })
      if (known && !isExpired(known, request)) {
        return { answer: replay(known, request), landed: known }
      }
      if (known) await database.system.delete(idempotencyRecords, known.id)
    }
  }

  async function run(
    request: KeyedRequest,
    context: Context,
    work: Work,
  ): Promise<{ readonly answer: Answer; readonly landed: Stored | undefined }> {
    const claiming = createClaiming(context, request.keeping.wait)
    let landed: Stored | undefined
    const answer = await inTransaction(
      database.as(context.actor, claiming.scope),
      async (tx) => {
        const claim = await claiming.during(() => claimOf(tx, request))
        const given = await work(tx)
        if (given.status >= 400) return given
        landed = (await tx.system.update(idempotencyRecords, claim, recordOf(given))) ?? undefined
        tx.afterCommit(sweep)
        return given
      },
      request.options,
    ).catch(claiming.explain)
    return { answer, landed }
  }

  async function claimOf(tx: Handle, request: KeyedRequest): Promise<string> {
    const { fingerprint } = request
    const empty = { status: 0, headers: {}, body: null, createdAt: new Date(clock.now()) }
    try {
      const claim = { ...identityOf(request), fingerprint, ...empty }
      return (await tx.system.create(idempotencyRecords, claim)).id
    } catch (error) {
      if (error instanceof PlinthError && error.code === 'conflict') throw new Taken()
      throw error
    }
  }

  function isExpired({ createdAt }: Stored, { keeping }: KeyedRequest): boolean {
    return createdAt.getTime() <= clock.now() - keeping.keep
  }
}

/** Another request with the key was answered first. Never leaves this file. */
class Taken extends Error {}

function identityOf({ actor, operation, key }: KeyedRequest): Identity {
  return { actor, operation, key }
}

type StoredAnswer = Pick<Stored, 'status' | 'headers' | 'body'>

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
  { fingerprint, status, headers, body }: Stored,
  { fingerprint: asked }: KeyedRequest,
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
