import { assertKnown, misuse, PlinthError, type Secret } from '../../kernel/index.ts'
import type { Captcha } from '../limits/gate.ts'
import { assertFunction, revealOption } from '../options.ts'

/** A CAPTCHA service, and one's secret there. */
export interface SiteverifyOptions {
  /** Where tokens are verified, such as `https://challenges.cloudflare.com/turnstile/v0/siteverify`. */
  readonly url: string
  readonly secret: string | Secret
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch
}

const PATIENCE = 5000
/** Longer than any service's token. */
const TOKEN_LENGTH = 4096

/**
 * Makes a check of CAPTCHA tokens at a service that speaks `siteverify`, as Turnstile, hCaptcha and
 * reCAPTCHA do, for `auth({ captcha })`. Clients send the token that the widget gave them as the header
 * `Captcha-Token`. It is asked for where only people may try: signing up, and asking for mails and codes.
 *
 * When the service does not answer within five seconds, nobody passes: `captcha_unavailable` (503).
 *
 * ```ts
 * import { auth, password, siteverify } from 'plinth/auth'
 *
 * export const accounts = (secret: string) =>
 *   auth({
 *     factors: [password()],
 *     captcha: siteverify({ url: 'https://api.hcaptcha.com/siteverify', secret }),
 *   })
 * ```
 */
export function siteverify(options: SiteverifyOptions): Captcha {
  assertKnown('siteverify()', options, ['url', 'secret', 'fetch'])
  const { url, secret, fetch = globalThis.fetch } = options
  const hidden = revealOption(secret)
  assertFunction(fetch, 'siteverify().fetch', 'fetch')
  if (URL.parse(url)?.protocol !== 'https:') {
    throw misuse('siteverify().url', `is ${JSON.stringify(url)}; expected an https address`)
  }
  if (typeof hidden !== 'string' || hidden === '')
    throw misuse('siteverify().secret', 'is missing; the service has given you one')
  return async ({ token, address }) => {
    if (token === null || token === '' || token.length > TOKEN_LENGTH) return false
    const body = new URLSearchParams({
      secret: hidden,
      response: token,
      ...(address !== undefined && { remoteip: address }),
    })
    return verify(fetch, { url, body }).catch((cause: unknown) => {
      const message = 'Whether you are a person cannot be checked right now. Try again later.'
      const headers = { 'retry-after': '30' }
      throw new PlinthError('captcha_unavailable', message, { status: 503, headers, cause })
    })
  }
}

/** Makes the check of Cloudflare Turnstile's tokens: `siteverify()` at its address. */
export function turnstile(options: Omit<SiteverifyOptions, 'url'>): Captcha {
  assertKnown('turnstile()', options, ['secret', 'fetch'])
  const url = 'https://challenges.cloudflare.com/turnstile/v0/siteverify'
  return siteverify({ ...options, url })
}

async function verify(
  fetch: typeof globalThis.fetch,
  { url, body }: { url: string; body: URLSearchParams },
): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE)
  const response = await fetch(url, { method: 'POST', body, redirect: 'error', signal })
  if (!response.ok) throw new Error(`the CAPTCHA service answered ${response.status}`)
  const answer: unknown = await response.json()
  // Only a plain yes is one: an answer of another shape is not.
  return (answer as { success?: unknown } | null)?.success === true
}
