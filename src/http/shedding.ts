import { misuse, PlinthError, type Signals } from '../kernel/index.ts'
import type { Endpoint } from './endpoint.ts'
import type { Incoming, Outgoing } from './message.ts'
import { encodeProblem } from './refusal.ts'

/** Answers a request that the server cannot take on; undefined for one that it has to. */
export type Shed = (incoming: Incoming) => Outgoing | undefined

const BUSY: PlinthError = new PlinthError('overloaded', 'The server is busy. Try again shortly.', {
  status: 503,
  headers: { 'retry-after': '1' },
})

/** Creates what turns requests away: answers made once, so that it costs next to nothing. */
export function createShed(endpoints: readonly Endpoint[], signals: Signals): Shed {
  const essential = new Set(endpoints.flatMap(essentialPath))
  const answers = { http: encodeProblem(BUSY, false), https: encodeProblem(BUSY, true) }
  return (incoming) => {
    if (essential.has(incoming.path)) return undefined
    if (signals.measurements) signals.measure(COUNT)
    return incoming.origin.startsWith('https:') ? answers.https : answers.http
  }
}

const COUNT = { name: 'plinth.http.shed', type: 'counter', unit: '{request}', value: 1 } as const

/** Found without a router, while there is no time for one. */
function essentialPath({ id, operation: { spec }, template }: Endpoint): string[] {
  if (!spec.essential) return []
  if (template.names.length === 0) return [spec.path]
  throw misuse(`operation ${id}`, `is essential, so its path has no parameters: "${spec.path}"`)
}
