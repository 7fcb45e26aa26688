/** What stands where a secret was. */
export const REDACTED = '[redacted]'

// Matched against names without their separators, so that api_key, apiKey and x-api-key are one.
const SECRET_NAMES =
  /(password|passwd|passphrase|secret|token|authorization|cookie|credential|apikey|privatekey|otp$|pin$|cvv|cardnumber)/

// Credentials that give themselves away inside a text: bearer and basic headers, user info in URLs,
// secret parameters in query strings, JWTs.
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}@/gi, `$1${REDACTED}@`],
  [
    /\b((?:[\w-]{0,40})(?:token|secret|password|api_?key|code|state)=)[^&\s"']{1,2000}/gi,
    `$1${REDACTED}`,
  ],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, REDACTED],
  [/\bplinth_[a-z]+_[\w-]{16,}/g, REDACTED],
]

/** Tests whether what carries this name is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAMES.test(name.toLowerCase().replace(/[_.\s-]/g, ''))
}

/** Takes the credentials out of a text. */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce(
    (result, [pattern, replacement]) => result.replace(pattern, replacement),
    text,
  )
}

/** A value without its secrets: by the names of keys and by what texts contain, at any depth. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth >= 8) return '[deep]'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  const clean: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    clean[key] = isSecretName(key) ? REDACTED : redact(item, depth + 1)
  }
  return clean
}
