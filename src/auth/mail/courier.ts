import { type Handle, traceOf } from '../../data/index.ts'
import {
  misuse,
  type SendMail,
  type SendText,
  type Signals,
  type TraceContext,
} from '../../kernel/index.ts'
import type { Compose, Notice } from './notice.ts'

/**
 * Sends what people are to be told, off the path of the request: nobody can tell from the time of an
 * answer whether something was sent.
 */
export interface Courier {
  /**
   * Sends a notice once `tx` has committed; never when it rolls back. Nothing without a sender. To null
   * everything is done but the sending: what an address without an account gets.
   */
  mail(tx: Handle, to: string | null, notice: Notice): void
  /** The same with a short message. */
  text(tx: Handle, to: string | null, text: string): void
  /** Settles when all that was handed over has been sent or given up. */
  idle(): Promise<void>
}

/** A message on its way, and what it follows from. */
interface Errand {
  readonly deliver: () => Promise<void>
  readonly trace: TraceContext | undefined
}

/** Sent side by side. */
const RUNNING = 4
/** Waiting; beyond that they are dropped, and the log says so. */
const WAITING = 1000
/** Milliseconds before anything is sent: by then the answer is out, and its time tells nothing. */
const DELAY = 25
/** Milliseconds before each further try. */
const PAUSES = [0, 500, 2000, 8000]

/** Creates a courier. */
export function createCourier(ports: {
  mail: SendMail | undefined
  text: SendText | undefined
  compose: Compose
  signals: Signals
}): Courier {
  const { compose, signals } = ports
  const waiting: Errand[] = []
  const running = new Set<Promise<void>>()

  let timer: ReturnType<typeof setTimeout> | undefined

  function post(errand: Errand): void {
    if (waiting.length < WAITING) {
      waiting.push(errand)
      timer ??= setTimeout(next, DELAY)
    } else {
      warn('a message was dropped: too many wait to be sent', errand)
    }
  }

  function next(): void {
    clearTimeout(timer)
    timer = undefined
    while (running.size < RUNNING) {
      const errand = waiting.shift()
      if (!errand) return
      const work = persist(errand.deliver)
        .catch((error: unknown) => warn('a message could not be sent', errand, error))
        .finally(() => {
          running.delete(work)
          next()
        })
      running.add(work)
    }
  }

  function warn(message: string, { trace }: Errand, error?: unknown): void {
    signals.log({ level: 'error', message, event: 'auth.message_lost', error, trace })
  }

  function postAfter(tx: Handle, deliver: Errand['deliver']): void {
    const trace = traceOf(tx)
    tx.afterCommit(() => post({ deliver, trace }))
  }

  return {
    mail(tx, to, notice) {
      const send = ports.mail
      if (!send) return
      postAfter(tx, async () => {
        const mail = compose(notice)
        if (to !== null) await send({ to, ...mail })
      })
    },
    text(tx, to, text) {
      const send = ports.text
      if (!send) throw misuse('auth({ text })', 'a short message needs a sender')
      postAfter(tx, async () => {
        if (to !== null) await send({ to, text })
      })
    },
    async idle() {
      next()
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** Tries again after pauses, and rejects with the last failure. */
async function persist(deliver: () => Promise<void>): Promise<void> {
  let failure: unknown
  for (const pause of PAUSES) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
    try {
      return await deliver()
    } catch (error) {
      failure = error
    }
  }
  throw failure
}
