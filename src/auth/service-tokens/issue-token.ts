import { SignJWT } from 'jose'
import * as v from 'valibot'
import { defineOperation, type Guard, permission, signedIn } from '../../http/index.ts'
import { type Actor, PlinthError, uuidv7 } from '../../kernel/index.ts'
import type { AuthServices } from '../part.ts'
import { toClaims } from './claims.ts'
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
  check(principal, clock) {
    // A token is no way to another one: it would never end. One that acts for somebody signs nothing for them.
    if (principal?.kind === 'token' || principal?.impersonator !== undefined) {
      throw new PlinthError('denied', 'You may not use this.', { status: 403 })
    }
    return (principal?.scopes ? forLimited : signedIn).check(principal, clock)
  },
}

const scopesSchema = v.pipe(
  v.array(v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'Expected a permission.'))),
  v.nonEmpty(),
  v.maxLength(200),
)

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
    handler: async ({ body: { audience, scopes }, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      if (!principal)
        throw new PlinthError('unauthenticated', 'Sign in to use this.', { status: 401 })
      const foreign = scopes?.find((name) => !actor.permissions?.includes(name))
      if (foreign !== undefined) throw notOwn(foreign)
      const { id, key } = await keys.current(database.systemIn(scope))
      const issuedAt = Math.floor(clock.now() / 1000)
      const expiresAt = issuedAt + Math.floor(lifetime / 1000)
      const claims = { ...toClaims(principal, scopes ?? principal.scopes) }
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: id })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(uuidv7())
        .sign(key)
      const facts = { user: actor.id, session: principal.sessionId, address: incoming.address }
      report('auth.token_issued', { ...facts, reason: audience }, scope)
      return { status: 200, body: { token, expiresAt: new Date(expiresAt * 1000) } }
    },
  })
}

function notOwn(name: string): PlinthError {
  const message = `You do not have the permission ${JSON.stringify(name)}.`
  return new PlinthError('invalid_input', 'The request is not valid.', {
    status: 422,
    details: { issues: [{ path: 'body.scopes', message }] },
  })
}
