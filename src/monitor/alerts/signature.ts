import { misuse, Secret } from '../../kernel/index.ts'

/** Signs the body of a webhook: the value of its header `webhook-signature`. */
export type SignBody = (id: string, timestamp: number, body: string) => Promise<string>

const PREFIX = 'whsec_'
const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/**
 * Creates the signer of Standard Webhooks: HMAC-SHA-256 over id, time and body, one signature for each
 * secret, so that a secret can be changed while receivers still know the old one.
 */
export function createSigner(secrets: readonly (string | Secret)[]): SignBody {
  const keys = secrets.map(readSecret).map((bytes) => {
    const key = crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign'])
    key.catch(() => {})
    return key
  })
  return async (id, timestamp, body) => {
    const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
    const signatures = keys.map(async (key) => {
      const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', await key, content))
      return `v1,${btoa(String.fromCharCode(...bytes))}`
    })
    return (await Promise.all(signatures)).join(' ')
  }
}

/** Never says what it was given. */
function readSecret(secret: string | Secret): Uint8Array<ArrayBuffer> {
  const text = secret instanceof Secret ? secret.reveal() : secret
  const bytes = typeof text === 'string' && text.startsWith(PREFIX) ? decode(text) : undefined
  if (bytes && bytes.length >= 24 && bytes.length <= 64) return bytes
  throw misuse('webhook().secret', 'expected whsec_ and 24 to 64 random bytes as base64')
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text.slice(PREFIX.length)), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}
