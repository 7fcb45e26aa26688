import * as v from 'valibot'
import type { Handle } from '../../data/index.ts'
import {
  anyone,
  defineOperation,
  type Incoming,
  type Operation,
  type Wire,
} from '../../http/index.ts'
import { sessionEnded, sessionNotFound, wrongCode } from '../errors.ts'
import type { SecurityChange } from '../mail/notice.ts'
import type { AuthServices } from '../part.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import {
  SECOND_FACTOR,
  type SecondFactorBody,
  secondFactorEntries,
  showSecondFactor,
} from '../sign-in/second-factor.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { type SignedIn, type SignInOutput, signInResponses } from '../sign-in/wire.ts'
import { users } from '../users.ts'
import { toBase32 } from './one-time-password.ts'
import type { Seeds } from './seeds.ts'
import { seeds } from './seeds-table.ts'

/** What an authenticator app is given. */
export interface TotpEnrolment {
  /** The seed in base32, to type in. */
  readonly secret: string
  /** `otpauth://totp/...`, to show as a QR code. */
  readonly uri: string
}

/** What the second factor `totp()` offers. */
export type TotpOperations = {
  readonly totp: {
    /**
     * `POST /auth/totp`: makes a seed for the caller's authenticator app, shown this once. It counts
     * when a code of it is confirmed within an hour; until then the one before does.
     */
    readonly enrol: Operation<Record<never, never>, { 200: TotpEnrolment }>
    /**
     * `POST /auth/totp/confirm`: makes the seed count by a first code, ends the other sessions, and opens
     * one that has shown two factors in the place of the request's own.
     */
    readonly confirm: Operation<{ body: { code: string } }, { 200: Wire<SignedIn> }>
    /** `DELETE /auth/totp`: takes the factor away and ends the other sessions. */
    readonly remove: Operation<Record<never, never>, { 204: undefined }>
    /** `POST /auth/totp/verify`: finishes a half-finished sign-in, or steps a session up. */
    readonly verify: Operation<{ body: SecondFactorBody }, SignInOutput>
  }
}

/** What the operations of this factor work with. */
export interface TotpServices extends AuthServices {
  readonly seeds: Seeds
  readonly issuer: string | undefined
}

const define = defineOperation()
const tags = ['auth']
const METHOD = 'totp'
const SPACES = /[\s-]/g

const codeSchema: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.maxLength(20),
  v.transform((code) => code.replace(SPACES, '')),
  v.regex(/^[0-9]{6}$/, 'Expected a code of six digits.'),
)

/** Makes the operations of authenticator apps. */
export function totpOperations(services: TotpServices): TotpOperations['totp'] {
  return {
    enrol: enrol(services),
    confirm: confirm(services),
    remove: remove(services),
    verify: verify(services),
  }
}

function enrol(services: TotpServices): TotpOperations['totp']['enrol'] {
  const { database, signIn, seeds: store, issuer } = services
  return define({
    method: 'POST',
    path: '/auth/totp',
    summary: 'Begin to use an authenticator app',
    tags,
    transaction: false,
    responses: { 200: v.object({ secret: v.string(), uri: v.string() }) },
    errors: { 401: ['insufficient_authentication'] },
    handler: async ({ actor, principal, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const body = await database.systemIn({ trace, signal }).transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        const user = await tx.get(users, actor.id)
        const secret = toBase32(await store.begin(tx, actor.id))
        return { secret, uri: uriOf(secret, { email: user?.email ?? '', issuer }) }
      })
      return { status: 200, body }
    },
  })
}

function confirm(services: TotpServices): TotpOperations['totp']['confirm'] {
  const { database, gate, signIn, accounts, report, answerSignIn, seeds: store } = services
  return define({
    method: 'POST',
    path: '/auth/totp/confirm',
    summary: 'Confirm an authenticator app',
    description: 'Ends all sessions and opens one of two factors in the place of this one.',
    tags,
    transaction: false,
    body: v.object({ code: codeSchema }),
    responses: { 200: signInResponses[200] },
    errors: { 401: ['wrong_code', 'insufficient_authentication'], 429: ['rate_limited'] },
    handler: async ({ actor: { id: user }, body, principal, incoming, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const scope = { trace, signal }
      const facts = { user, address: incoming.address, reason: METHOD }
      const attempt = await gate.pass({ purpose: SECOND_FACTOR, account: user, incoming }, scope)
      const db = database.systemIn(scope)
      const shown = await store.check(db, { user, confirmed: false, code: body.code })
      const transport = principal.credential
      const entered = await db.transaction(async (tx) => {
        const { methods } = await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        if (!shown || !(await store.spend(tx, shown))) return null
        await gate.forgive(tx, attempt)
        const half = { user, methods, pending: undefined }
        const request = { incoming, principal, transport, scope }
        const done = await signIn.complete(tx, half, { ...request, method: METHOD })
        await accounts.endAccess(tx, user, { except: done.opened.session.id })
        notify(services, { tx, to: done.user.email, incoming, change: 'authenticator app added' })
        report('auth.factor_added', facts, scope, tx)
        return done
      })
      if (!entered) {
        report('auth.second_factor_failed', facts, scope)
        throw wrongCode()
      }
      return answerSignIn(entered, { incoming, transport })
    },
  })
}

function remove(services: TotpServices): TotpOperations['totp']['remove'] {
  const { database, signIn, accounts, report } = services
  return define({
    method: 'DELETE',
    path: '/auth/totp',
    summary: 'Use the authenticator app no longer',
    description: 'Takes a session that has shown a second factor, and ends the others.',
    tags,
    transaction: false,
    responses: { 204: null },
    errors: { 401: ['insufficient_authentication'], 404: ['not_found'] },
    handler: async ({ actor: { id: user }, principal, incoming, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const scope = { trace, signal }
      await database.systemIn(scope).transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        const owner = await tx.get(users, user)
        if (!owner || (await tx.deleteMany(seeds, { user, confirmed: true })) === 0) {
          throw sessionNotFound()
        }
        await tx.deleteMany(seeds, { user })
        await accounts.endAccess(tx, user, { except: principal.sessionId })
        notify(services, { tx, to: owner.email, incoming, change: 'authenticator app removed' })
        const facts = { user, address: incoming.address, reason: METHOD }
        report('auth.factor_removed', facts, scope, tx)
      })
      return { status: 204 }
    },
  })
}

function verify(services: TotpServices): TotpOperations['totp']['verify'] {
  const { seeds: store } = services
  return define({
    method: 'POST',
    path: '/auth/totp/verify',
    summary: 'Show a code of the authenticator app',
    description: 'Finishes a half-finished sign-in, or shows the second factor in a session.',
    tags,
    guard: anyone,
    transaction: false,
    body: v.object({ code: codeSchema, ...secondFactorEntries }),
    responses: signInResponses,
    errors: { 401: ['wrong_code'], 403: ['banned'], 429: ['rate_limited'] },
    handler: ({ body, principal, incoming, trace, signal }) =>
      showSecondFactor(
        services,
        {
          method: METHOD,
          body,
          request: { incoming, principal },
          find: async (db, user) => {
            const shown = await store.check(db, { user, confirmed: true, code: body.code })
            return shown && ((tx) => store.spend(tx, shown))
          },
        },
        { trace, signal },
      ),
  })
}

function notify(
  { courier, clock }: TotpServices,
  told: { tx: Handle; to: string; incoming: Incoming; change: SecurityChange },
): void {
  const { tx, to, incoming, change } = told
  courier.mail(tx, to, { kind: 'changed', change, occasion: occasionOf(incoming, clock.now()) })
}

/** The key URI that authenticator apps read, with their defaults spelled out. */
function uriOf(
  secret: string,
  { email, issuer }: { email: string; issuer: string | undefined },
): string {
  const label = (issuer === undefined ? [email] : [issuer, email]).map(encodeURIComponent).join(':')
  const named = issuer === undefined ? '' : `&issuer=${encodeURIComponent(issuer)}`
  return `otpauth://totp/${label}?secret=${secret}${named}&algorithm=SHA1&digits=6&period=30`
}
