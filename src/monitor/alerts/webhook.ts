import { assertKnown, misuse, Secret } from '../../kernel/index.ts'
import { type AlertDestination, UndeliverableError } from './destination.ts'
import type { AlertNotice } from './notice.ts'
import { createSigner } from './signature.ts'

export interface WebhookOptions {
  /** Where notices are posted: https, or http on this machine. Often a secret itself: pass a `Secret`. */
  readonly url: string | Secret
  /**
   * Signs what is sent: `whsec_` and 24 to 64 random bytes as base64. Several while one is exchanged for
   * another. Default: not signed.
   */
  readonly secret?: string | Secret | readonly (string | Secret)[]
  /** What is sent, as JSON, for receivers with a form of their own. Default: the notice, see `webhook`. */
  readonly body?: (notice: AlertNotice) => unknown
  /** Sent along, such as an authorization. */
  readonly headers?: Readonly<Record<string, string | Secret>>
  /** What it is called in the log. Default `webhook`. */
  readonly name?: string
}

const KEYS = ['url', 'secret', 'body', 'headers', 'name'] as const
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/
/** Of those that refuse, the ones that may take it later. */
const PASSING = [408, 425, 429]

/**
 * Posts notices as JSON to a URL, signed as Standard Webhooks 1.0 say (standardwebhooks.com): the headers
 * `webhook-id`, the same for every try of one notice, `webhook-timestamp` and `webhook-signature`, which
 * any library of theirs checks. The body is `{ type, timestamp, data }` with the incident, the rule and what
 * was measured.
 *
 * Any 2xx is success. Redirects are not followed; 408, 425, 429, 5xx and failures of the network are
 * tried again, other answers are final. Nothing but the options chooses where it is sent.
 *
 * ```ts
 * import { Secret } from 'plinth/kernel'
 * import { webhook } from 'plinth/monitor/alerts'
 *
 * export const pager = webhook({
 *   url: 'https://pager.example/hooks/plinth',
 *   secret: new Secret('whsec_YW4gZXhhbXBsZSBvZiAyNCBieXRlcy4u'),
 * })
 * export const chat = webhook({
 *   name: 'chat',
 *   url: new Secret('https://chat.example/services/T0/B0/XXX'),
 *   body: ({ rule, words }) => ({ text: `${rule}: ${words}` }),
 * })
 * ```
 */
export function webhook(options: WebhookOptions): AlertDestination {
  assertKnown('webhook()', options, KEYS)
  const { secret, body = toBody, name = 'webhook' } = options
  const url = readUrl(options.url)
  const secrets: readonly (string | Secret)[] =
    secret === undefined ? [] : Array.isArray(secret) ? secret : [secret]
  const sign = createSigner(secrets)
  const own = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([key, value]) => [key, reveal(value)]),
  )
  return {
    name,
    async send(notice, signal) {
      const text = JSON.stringify(body(notice))
      const id = `${notice.incident}.${notice.type}.${notice.at.getTime()}`.replaceAll('.', '_')
      const timestamp = Math.floor(Date.now() / 1000)
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal,
        body: text,
        headers: {
          ...own,
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          ...(secrets.length > 0 && { 'webhook-signature': await sign(id, timestamp, text) }),
        },
      })
      // Read to its end by nobody: what it says is not asked for, and may be endless.
      await response.body?.cancel().catch(() => {})
      assertTaken(response)
    },
  }
}

function assertTaken({ ok, status }: Response): void {
  if (ok) return
  const message = `the webhook was answered with ${status}`
  if (status >= 500 || PASSING.includes(status)) throw new Error(message)
  throw new UndeliverableError(message)
}

/** `undefined` is left out of JSON: what is not known is not there. */
function toBody(notice: AlertNotice): unknown {
  const { type, at, ...data } = notice
  return { type, timestamp: at.toISOString(), data }
}

/** Never says what it was given: of many receivers the URL is all that is secret. */
function readUrl(given: string | Secret): string {
  const text = reveal(given)
  const url = typeof text === 'string' ? URL.parse(text) : null
  const safe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (url && safe && url.username === '' && url.password === '') return url.href
  throw misuse('webhook().url', 'expected an https URL without user and password')
}

function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value
}
