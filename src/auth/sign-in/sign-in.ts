import type { Handle, Row } from '../../data/index.ts'
import type { Assurance, Incoming, Principal } from '../../http/index.ts'
import { type Clock, PlinthError, type Scope } from '../../kernel/index.ts'
import { isBanned } from '../accounts/ban.ts'
import { holdUser } from '../accounts/hold-user.ts'
import type { Devices, RecognisedDevice } from '../devices/devices.ts'
import { sessionEnded, wrongCredentials } from '../errors.ts'
import type { Report } from '../events.ts'
import type { Courier } from '../mail/courier.ts'
import type { OpenPart } from '../open-part.ts'
import type { OneTimeSecrets } from '../secrets/one-time.ts'
import type { OpenedSession, OpenSession } from '../session/open-session.ts'
import { sessions } from '../session/sessions-table.ts'
import type { Transport } from '../session/wire.ts'
import type { users } from '../users.ts'

/** What a sign-in is part of. */
export interface SignInRequest {
  readonly incoming: Incoming
  readonly principal: Principal | null
}

/** The same, of a client that is to be let in. */
export interface EntryRequest extends SignInRequest {
  /** How it wants to be given its tokens. */
  readonly transport: Transport
  readonly scope: Scope
}

/** Somebody who has proved to be a user, by one way in. */
export interface Proof {
  readonly user: string
  /** What was shown, such as `password`, `passkey` or `oidc:google`. */
  readonly method: string
  /** 2 for a way in that shows two factors by itself. Default 1. */
  readonly assurance?: Assurance
  /** The user as they were found before, where they were. */
  readonly seen?: Row<typeof users>
}

/** Somebody whose second factor is asked for: half-way in, or signed in and stepping up. */
export interface HalfSignIn {
  readonly user: string
  /** What was shown so far. */
  readonly methods: readonly string[]
  /** The token of the half-finished sign-in; undefined for a session that steps up. */
  readonly pending: string | undefined
}

/** A way in that led to a session. */
export interface EnteredSession {
  readonly kind: 'session'
  readonly user: Row<typeof users>
  readonly opened: OpenedSession
  readonly device: RecognisedDevice
}

/** How a way in went on. Only `session` is signed in. */
export type Entered =
  | EnteredSession
  | {
      readonly kind: 'pending'
      readonly user: Row<typeof users>
      readonly token: string
      readonly factors: readonly string[]
      readonly expiresAt: Date
    }

/**
 * The one way from a proof to a session. Every way in goes through it, so that a ban, an enrolled second
 * factor and the end of the session before are forgotten by none.
 */
export interface SignIn {
  /**
   * Lets a proven user in as part of `tx`: opens a session in place of the request's own, or, when a
   * second factor is enrolled, begins a half-finished sign-in. Throws `banned` (403).
   */
  enter(tx: Handle, proof: Proof, request: EntryRequest): Promise<Entered>
  /**
   * Finds who is half-way in: by the token, else by the cookie of a half-finished sign-in, else by the
   * session of the request. Throws `unauthenticated` (401) for nobody.
   */
  findHalf(pending: string | undefined, request: SignInRequest, scope: Scope): Promise<HalfSignIn>
  /**
   * Lets them in after `method` was shown as the second factor, as part of `tx`; spends the half-finished
   * sign-in or replaces the session, so of several at once one succeeds. `trust` skips the second factor
   * on this device for 30 days. Throws `unauthenticated` (401) when it was spent or has ended.
   */
  complete(
    tx: Handle,
    half: HalfSignIn,
    shown: EntryRequest & { readonly method: string; readonly trust?: boolean },
  ): Promise<EnteredSession>
  /** The names of the second factors that a user has enrolled. */
  enrolled(db: Handle, user: string): Promise<string[]>
  /**
   * Throws `insufficient_authentication` (401, RFC 9470) unless the session is fit to change how the
   * account is entered: opened or renewed within 15 minutes, and with the second factor where one is enrolled.
   */
  demandFresh(db: Handle, principal: Principal): Promise<void>
}

export const PENDING: string = 'second-factor'
export const PENDING_COOKIE: string = '__Host-pending'
/** Ten minutes: what a code out of band may take (ASVS 6.5.5). */
export const PENDING_LIFETIME: number = 10 * 60_000
const FRESH = 15 * 60_000

export interface SignInPorts {
  readonly clock: Clock
  readonly openSession: OpenSession
  readonly secrets: OneTimeSecrets
  readonly devices: Devices
  readonly courier: Courier
  readonly report: Report
  /** The parts of auth, which are opened with what is made here. */
  readonly parts: () => readonly OpenPart[]
  readonly database: { systemIn(scope: Scope): Handle }
  readonly readPending: (incoming: Incoming) => string | null
}

/** Creates the way in. */
export function createSignIn(ports: SignInPorts): SignIn {
  const { clock, openSession, secrets, devices, courier, report, parts, database } = ports

  async function enrolled(db: Handle, user: string): Promise<string[]> {
    const names: string[] = []
    let backups = 0
    for (const { secondFactor } of parts()) {
      if (!secondFactor || !(await secondFactor.isEnrolled(db, user))) continue
      names.push(secondFactor.name)
      if (secondFactor.backup) backups++
    }
    // With nothing to stand in for, a backup is asked of nobody.
    return names.length === backups ? [] : names
  }

  /** Opens the session. The one that the request came with ends. */
  async function open(
    tx: Handle,
    user: Row<typeof users>,
    entry: EntryRequest & {
      readonly methods: readonly string[]
      readonly assurance: Assurance
      readonly device: RecognisedDevice
      readonly trust: boolean
    },
  ): Promise<EnteredSession> {
    const { incoming, principal, transport, scope, methods, assurance, device, trust } = entry
    if (principal) await tx.delete(sessions, principal.sessionId)
    const opened = await openSession(tx, {
      user: user.id,
      methods,
      assurance,
      incoming,
      transport,
    })
    const { id: session, methods: shown } = opened.session
    const { address } = incoming
    const facts = { user: user.id, session, address, reason: shown.join(' ') }
    report('auth.sign_in', facts, scope, tx)
    await devices.remember(tx, user.id, { device, incoming, trust })
    if (!device.known && !device.first) {
      courier.mail(tx, user.email, {
        kind: 'new-device',
        occasion: occasionOf(incoming, clock.now()),
      })
    }
    return { kind: 'session', user, opened, device }
  }

  return {
    enrolled,
    async enter(tx, { user: id, method, assurance = 1, seen }, request) {
      const user = await findAdmitted(tx, { id, seen, now: clock.now() })
      const device = await devices.recognise(tx, id, request.incoming)
      const factors = assurance === 2 || device.trusted ? [] : await enrolled(tx, id)
      if (factors.length === 0) {
        return open(tx, user, { ...request, methods: [method], assurance, device, trust: false })
      }
      const expiresAt = new Date(clock.now() + PENDING_LIFETIME)
      const token = await secrets.issue(tx, {
        purpose: PENDING,
        lifetime: PENDING_LIFETIME,
        user: id,
        payload: { methods: [method] },
      })
      const { address } = request.incoming
      report('auth.second_factor_asked', { user: id, address }, request.scope, tx)
      return { kind: 'pending', user, token, factors, expiresAt }
    },
    async findHalf(given, { incoming, principal }, scope) {
      const pending = given ?? ports.readPending(incoming)
      if (pending !== null) {
        const grant = await secrets.find(database.systemIn(scope), PENDING, pending)
        if (grant?.user) return { user: grant.user, methods: methodsOf(grant), pending }
      }
      if (given !== undefined || !isOwnSession(principal)) throw sessionEnded()
      const session = await database.systemIn(scope).get(sessions, principal.sessionId)
      if (!session) throw sessionEnded()
      return { user: session.user, methods: session.methods, pending: undefined }
    },
    async complete(tx, { user: id, methods, pending }, shown) {
      const { incoming, principal, transport, scope, method, trust = false } = shown
      if (pending !== undefined && !(await secrets.spend(tx, PENDING, pending)))
        throw sessionEnded()
      if (pending === undefined && !(await tx.delete(sessions, principal?.sessionId ?? ''))) {
        throw sessionEnded()
      }
      const user = await findAdmitted(tx, { id, now: clock.now() })
      const device = await devices.recognise(tx, id, incoming)
      const all = [...methods.filter((each) => each !== method), method]
      const entry = { incoming, principal, transport, scope, device, trust }
      return open(tx, user, { ...entry, methods: all, assurance: 2 })
    },
    async demandFresh(db, principal) {
      const { authenticatedAt = Number.NaN, assurance = 1, actor } = principal
      const fresh = clock.now() - authenticatedAt <= FRESH
      if (fresh && (assurance === 2 || (await enrolled(db, actor.id)).length === 0)) return
      throw insufficient(fresh)
    },
  }
}

/** When and from where a request came, for a notice. */
export function occasionOf(
  incoming: Incoming,
  now: number,
): { at: Date; address: string | undefined; userAgent: string | undefined } {
  const userAgent = incoming.header('user-agent') ?? undefined
  return { at: new Date(now), address: incoming.address, userAgent: userAgent?.slice(0, 200) }
}

/** Whether a request comes with a session that its owner opened: no key, and nobody acting for them. */
export function isOwnSession(principal: Principal | null): principal is Principal {
  return (
    principal !== null && (principal.kind ?? 'session') === 'session' && !principal.impersonator
  )
}

async function findAdmitted(
  tx: Handle,
  { id, seen, now }: { id: string; seen?: Row<typeof users> | undefined; now: number },
): Promise<Row<typeof users>> {
  const user = await holdUser(tx, id, seen)
  if (!user) throw wrongCredentials()
  if (isBanned(user, now)) {
    throw new PlinthError('banned', 'This account is closed for now.', { status: 403 })
  }
  return user
}

function methodsOf({
  payload,
}: {
  readonly payload: { readonly [name: string]: unknown }
}): string[] {
  const { methods } = payload
  return Array.isArray(methods) ? methods.map(String) : []
}

function insufficient(fresh: boolean): PlinthError {
  const message = fresh ? 'Show your second factor to do this.' : 'Sign in again to do this.'
  const challenge = fresh ? 'acr_values="aal2"' : `max_age="${FRESH / 1000}"`
  const error = `error="insufficient_user_authentication", error_description="${message}"`
  return new PlinthError('insufficient_authentication', message, {
    status: 401,
    details: fresh ? { assurance: 2 } : { maxAge: FRESH / 1000 },
    headers: { 'www-authenticate': `Bearer ${error}, ${challenge}` },
  })
}
