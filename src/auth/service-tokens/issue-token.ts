import { SignJWT } from 'jose'
import * as v from 'valibot'
import { defineOperation, type Guard, permission, signedIn } from '../../http/index.ts'
import { type Actor, PlinthError, uuidv7 } from '../../kernel/index.ts'
import { invalidInput, sessionEnded } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import { LONGEST_TOKEN, toClaims } from './claims.ts'
import type { ServiceTokenOperations } from './operations.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { SigningAlgorithm } from './signing-keys-table.ts'

export interface IssueSettings {
  readonly audiences: readonly [string, ...string[]]
  readonly algorithm: SigningAlgorithm
  readonly lifetime: number
  readonly issuer: string
}

const forLimited = permission('tokens:issue')

/** Sessions and keys that are not limited, and those whose scopes say so. */
const mayIssue: Guard<Actor> = {
  name: 'signed in, or a key for tokens:issue',
  authenticated: true,
  check(principal, clock, incoming) {
    // A token is no way to another one: it would never end. One that acts for somebody signs nothing for them.
    if (principal?.kind === 'token' || principal?.impersonator !== undefined) {
      throw new PlinthError('denied', 'You may not use this.', { status: 403 })
    }
    return (principal?.scopes ? forLimited : signedIn).check(principal, clock, incoming)
  },
}

const scopesSchema = v.pipe(v.array(v.string()), v.nonEmpty(), v.maxLength(200))
/** RFC 6749, section 3.3. A name with a space would be read as two. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Makes the operation `POST /auth/token`. */
export function issueToken(
  { database, clock, report }: AuthServices,
  keys: SigningKeys,
  { audiences, algorithm, lifetime, issuer }: IssueSettings,
): ServiceTokenOperations['serviceTokens']['issue'] {
  return defineOperation()({
    method: 'POST',
    path: '/auth/token',
    summary: 'Issue a token for another service',
    tags: ['auth'],
    guard: mayIssue,
    transaction: false,
    body: v.object({ audience: v.picklist(audiences), scopes: v.optional(scopesSchema) }),
    responses: { 200: v.object({ token: v.string(), expiresAt: v.date() }) },
    errors: { 403: ['denied'] },
    handler: async ({ body: { audience, scopes }, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      if (!principal) throw sessionEnded()
      const limited = scopes ?? principal.scopes
      assertScopes(limited, actor)
      const { id, key } = await keys.current(database.systemIn(scope))
      const issuedAt = Math.floor(clock.now() / 1000)
      const expiresAt = issuedAt + Math.floor(lifetime / 1000)
      const token = await new SignJWT({ ...toClaims(principal, limited) })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: id })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(uuidv7())
        .sign(key)
      if (token.length > LONGEST_TOKEN) {
        throw invalidInput(
          'scopes',
          'Name the permissions that the token is for: all are too many.',
        )
      }
      const facts = { user: actor.id, session: principal.sessionId, address: incoming.address }
      report('auth.token_issued', { ...facts, reason: audience }, scope)
      return { status: 200, body: { token, expiresAt: new Date(expiresAt * 1000) } }
    },
  })
}

function assertScopes(scopes: readonly string[] = [], { permissions = [] }: Actor): void {
  const wrong = scopes.find((name) => !permissions.includes(name) || !SCOPE.test(name))
  if (wrong === undefined) return
  throw invalidInput('scopes', `You cannot give away the permission ${JSON.stringify(wrong)}.`)
}
