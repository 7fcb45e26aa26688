import { PlinthError } from '../kernel/index.ts'
import type { Outgoing } from './message.ts'
import { isPublic } from './problem.ts'
import { encodeProblem } from './refusal.ts'
import { reportProblem } from './report.ts'
import { endVisit, type Visit } from './visit.ts'

/** Ends a request with a problem document. */
export function fail(visit: Visit, thrown: unknown): Outgoing {
  const { exchange } = visit
  const gone = !isPublic(thrown) && exchange.incoming.signal.aborted
  const error = gone ? CLIENT_GONE : thrown
  try {
    return refuse(visit, error)
  } catch (unsendable) {
    return refuse(visit, unsendable)
  }
}

/** The status that servers' logs know for it; nobody is there to read the answer. */
const CLIENT_GONE = new PlinthError('client_gone', 'The client closed the request.', {
  status: 499,
})

function refuse(visit: Visit, error: unknown): Outgoing {
  const outgoing = encodeProblem(error, visit.secure)
  if (!visit.ended) {
    reportProblem(visit.exchange, visit.signals, {
      name: `${visit.exchange.incoming.method} ${visit.endpoint?.template.route ?? 'without route'}`,
      status: outgoing.status,
      error,
    })
  }
  return endVisit(visit, outgoing, outgoing.status < 500 ? undefined : error)
}
