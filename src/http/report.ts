import { PlinthError, type Signals } from '../kernel/index.ts'
import type { Exchange } from './exchange.ts'

const QUIET: ReadonlySet<string> = new Set(['draining', 'not_ready'])

/**
 * Logs what somebody should hear of: an error of the server with its cause, which the caller never
 * sees, and a denial, for those who watch for attacks. Other refusals are everyday business.
 */
export function reportProblem(
  exchange: Exchange,
  signals: Signals,
  { name, status, error }: { name: string; status: number; error: unknown },
): void {
  // A balancer asks again and again: that a server closes is no failure, and a check that fails is told once.
  if (error instanceof PlinthError && QUIET.has(error.code)) return
  if (status >= 500) {
    const message = `${name} failed`
    // An error that nobody would hear of is worse than a line where none was asked for.
    if (!signals.logs) console.error(message, error)
    exchange.log({ level: 'error', message, error })
  } else if (status === 403 && signals.logs) {
    exchange.log({
      level: 'warn',
      message: `${name} denied`,
      event: 'http.denied',
      attributes: {
        'error.type': error instanceof PlinthError ? error.code : undefined,
        'plinth.user.id': exchange.principal?.actor.id,
        'plinth.session.id': exchange.principal?.sessionId,
        'plinth.auth.impersonator': exchange.principal?.impersonator,
        'client.address': exchange.incoming.address,
      },
    })
  }
}
