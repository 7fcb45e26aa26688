import { fromBase64Url, isUuid } from '../../kernel/index.ts'
import type { PasskeyAssertion, PasskeyAttestation } from './ceremonies.ts'

/** The challenge that a browser says it answers; empty when it says none. To be spent, or it is worth nothing. */
export function challengeOf({ response }: PasskeyAssertion | PasskeyAttestation): string {
  try {
    const { challenge } = JSON.parse(textOf(response.clientDataJSON))
    return typeof challenge === 'string' ? challenge : ''
  } catch {
    return ''
  }
}

/** The user that a passkey says it is of: what was put into it when it was made. */
export function userOf({ response }: PasskeyAssertion): string | undefined {
  const user = textOf(response.userHandle ?? '')
  return isUuid(user) ? user : undefined
}

function textOf(encoded: string): string {
  return new TextDecoder().decode(fromBase64Url(encoded))
}
