import { PlinthError } from '../kernel/index.ts'
import type { Incoming } from './message.ts'
import { type Preference, parsePreferences } from './preferences.ts'
import { mediaTypesOf } from './response-kind.ts'
import type { Responses } from './responses.ts'

/** Throws `not_acceptable` (406) for a request whose client would take none of the answers. */
export type AcceptCheck = (incoming: Incoming) => void

/**
 * Creates the check of `Accept` against the media types of an operation's successes (RFC 9110, section
 * 12.5.1), made before anything is done. Problems are sent to everyone. An operation whose successes
 * have no body takes every `Accept`.
 */
export function createAcceptCheck(responses: Responses): AcceptCheck | undefined {
  const types = new Set<string>()
  for (const status in responses) {
    if (Number(status) >= 400) continue
    for (const type of mediaTypesOf(responses[status] ?? null)) types.add(type)
  }
  if (types.size === 0) return undefined
  const available = [...types]
  const key = available.join(', ')
  const check = checks.get(key) ?? checkOf(available)
  checks.set(key, check)
  return check
}

/** By what there is. Nearly all operations of an app share one, for they answer JSON. */
const checks = new Map<string, AcceptCheck>()

function checkOf(available: readonly string[]): AcceptCheck {
  const plain = [...new Set(available.map(withoutParameters))]
  // Most clients say the same, mostly a long list: it is read once.
  let lastTaken = available[0]
  return (incoming) => {
    const accept = incoming.header('accept')
    if (accept === null || accept === '*/*' || accept === lastTaken) return
    const wishes = parsePreferences(accept)
    if (wishes.length > 0 && !plain.some((type) => isWanted(type, wishes))) {
      throw new PlinthError('not_acceptable', `There is only ${available.join(', ')}.`, {
        status: 406,
      })
    }
    lastTaken = accept
  }
}

function withoutParameters(type: string): string {
  return (type.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** The most specific wish that fits a type decides over it. */
function isWanted(type: string, wishes: readonly Preference[]): boolean {
  const [main] = type.split('/', 1)
  for (const range of [type, `${main}/*`, '*/*']) {
    const weights = wishes.filter(({ name }) => name === range).map(({ weight }) => weight)
    if (weights.length > 0) return Math.max(...weights) > 0
  }
  return false
}
