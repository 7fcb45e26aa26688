import * as v from 'valibot'
import { normalizeEmail } from '../email.ts'
import { nameSchema } from '../name.ts'
import { providerDenied } from './errors.ts'
import type { Claims, Profile, Provider } from './provider.ts'

/** What is stored of issuers and subjects (OpenID Connect Core 1.0, section 2: 255 ASCII characters). */
const IDENTIFIER = /^[\x20-\x7e]{1,255}$/

/** Makes out of a provider's claims whom they are of. Throws for claims that name nobody. */
export function toProfile(claims: Claims, provider: Provider): Profile {
  const { iss: issuer, sub: subject, email, name } = claims
  if (!isIdentifier(issuer) || !isIdentifier(subject)) throw new Error('the claims name nobody')
  if (provider.admits && !provider.admits(claims)) throw providerDenied()
  const address = typeof email === 'string' ? (normalizeEmail(email) ?? null) : null
  const verified = address !== null && (provider.isVerified ?? isVerified)(claims)
  const domain = address?.slice(address.indexOf('@') + 1) ?? ''
  const authoritative = verified && (provider.handsOut?.(domain, claims) ?? false)
  return { issuer, subject, email: address, verified, authoritative, name: nameOf(name) }
}

/** Some providers write it as text. */
function isVerified({ email_verified: flag }: Claims): boolean {
  return flag === true || flag === 'true'
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value)
}

function nameOf(value: unknown): string | null {
  const parsed = v.safeParse(nameSchema, value)
  return parsed.success && parsed.output.isWellFormed() ? parsed.output : null
}
