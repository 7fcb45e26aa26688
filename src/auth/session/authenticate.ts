import type { Database, Row } from '../../data/index.ts'
import type { Authenticate, Incoming, Principal } from '../../http/index.ts'
import { type Actor, type Clock, type Scope, type Signals, sha256 } from '../../kernel/index.ts'
import { isBanned } from '../accounts/ban.ts'
import type { OpenPart } from '../open-part.ts'
import type { PermissionsOf } from '../permissions.ts'
import { users } from '../users.ts'
import { type Credential, findBearer, findCredential } from './credential.ts'
import { createFindSession, type StoredSession } from './current-sessions.ts'
import type { SessionSettings } from './session-settings.ts'
import type { sessions } from './sessions-table.ts'
import { createTouch } from './touch.ts'

export interface AuthenticateOptions {
  readonly database: Database
  readonly signals: Signals
  readonly clock: Clock
  readonly session: SessionSettings
  readonly permissionsOf: PermissionsOf
  /** What else than a session's token may come as a bearer credential. */
  readonly credentials: readonly NonNullable<OpenPart['credential']>[]
  /** Whether somebody may (still) act as somebody else. */
  readonly mayActAs: (staff: Actor, user: Actor) => boolean
}

/**
 * Creates the function that finds out who sends a request, by the digest of its token: the session and
 * the roles of its user are always the current ones. Null for a request without a session, with one
 * that has ended, or with anything that is not a token.
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { database, clock, session: settings, permissionsOf, credentials, mayActAs } = options
  const findSession = createFindSession(database)
  const touch = createTouch(options)

  // Without a credential, and with a session that is remembered, nobody waits for a turn of the event loop.
  return (incoming, scope) => {
    const credential = findCredential(incoming, settings.cookie)
    if (credential) return findPrincipal(credential, scope)
    return credentials.length === 0 ? null : findOther(incoming, scope)
  }

  function findOther(incoming: Incoming, scope: Scope): Promise<Principal | null> | null {
    const token = findBearer(incoming)
    const known = credentials.find(({ prefix }) => token?.startsWith(prefix))
    return token && known ? known.find(token, incoming, scope) : null
  }

  function findPrincipal(
    { token, kind }: Credential,
    scope: Scope,
  ): Principal | null | Promise<Principal | null> {
    return after(sha256(token), (digest) =>
      after(findSession(digest, scope), (found) => found && toPrincipal(found, kind, scope)),
    )
  }

  function toPrincipal(
    { session, user }: StoredSession,
    credential: Credential['kind'],
    scope: Scope,
  ): Principal | null | Promise<Principal | null> {
    const now = clock.now()
    if (!isOpen(session, now, settings) || isRenewalDue(session, now) || isBanned(user, now)) {
      return null
    }
    const { impersonator, id: sessionId, assurance, authenticatedAt } = session
    const actor = actorOf(user)
    const known = { actor, credential, sessionId, assurance }
    const principal = { ...known, authenticatedAt: authenticatedAt.getTime() }
    const seen = <P extends Principal>(caller: P): P => {
      touch(session, now, scope)
      return caller
    }
    if (impersonator === null) return seen(principal)
    return mayGoOn(impersonator, actor, scope).then((may) =>
      may ? seen({ ...principal, impersonator }) : null,
    )
  }

  function actorOf({ id, roles }: Row<typeof users>): Actor {
    return { id, roles, permissions: permissionsOf(roles) }
  }

  /** Whether the member of staff behind a session may act as its user at this time. */
  async function mayGoOn(impersonator: string, user: Actor, scope: Scope): Promise<boolean> {
    const staff = await database.systemIn(scope).get(users, impersonator)
    return staff !== null && !isBanned(staff, clock.now()) && mayActAs(actorOf(staff), user)
  }
}

/** Goes on with a value at once where it is there. */
function after<T, Result>(
  value: T | Promise<T>,
  next: (value: T) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Whether the token of an open session has ended, so that a new one is to be asked for. */
function isRenewalDue({ tokenExpiresAt }: Row<typeof sessions>, now: number): boolean {
  return tokenExpiresAt != null && now >= tokenExpiresAt.getTime()
}

/** Whether a session is within its idle and its absolute limit. */
export function isOpen(
  { lastSeenAt, expiresAt }: Row<typeof sessions>,
  now: number,
  { idle }: SessionSettings,
): boolean {
  return now < expiresAt.getTime() && now - lastSeenAt.getTime() < idle
}
