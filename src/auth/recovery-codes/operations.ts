import * as v from 'valibot'
import { anyone, defineOperation, type Operation } from '../../http/index.ts'
import { sessionEnded } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import {
  type SecondFactorBody,
  secondFactorEntries,
  showSecondFactor,
} from '../sign-in/second-factor.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { type SignInOutput, signInResponses } from '../sign-in/wire.ts'
import { users } from '../users.ts'
import { createCode, digestCode } from './code.ts'
import { recoveryCodesTable } from './recovery-codes-table.ts'

/** What `recoveryCodes()` offers. */
export type RecoveryCodeOperations = {
  readonly recoveryCodes: {
    /** `POST /auth/recovery-codes`: makes ten codes, shown this once, in the place of the former ones. */
    readonly create: Operation<Record<never, never>, { 200: { codes: string[] } }>
    /** `GET /auth/recovery-codes`: how many are left. */
    readonly count: Operation<Record<never, never>, { 200: { left: number } }>
    /** `POST /auth/recovery-codes/verify`: uses one in the place of another second factor. */
    readonly verify: Operation<{ body: SecondFactorBody }, SignInOutput>
  }
}

const define = defineOperation()
const tags = ['auth']
const METHOD = 'recovery-code'
const CODES = 10

/** Makes the operations of recovery codes. */
export function recoveryCodeOperations(
  services: AuthServices,
): RecoveryCodeOperations['recoveryCodes'] {
  return { create: create(services), count: count(services), verify: verify(services) }
}

function create(services: AuthServices): RecoveryCodeOperations['recoveryCodes']['create'] {
  const { database, clock, signIn, courier, report } = services
  return define({
    method: 'POST',
    path: '/auth/recovery-codes',
    summary: 'Make recovery codes',
    description: 'Shown this once. Those that were made before are good no longer.',
    tags,
    transaction: false,
    responses: { 200: v.object({ codes: v.array(v.string()) }) },
    errors: { 401: ['insufficient_authentication'] },
    handler: async ({ actor: { id: user }, principal, incoming, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const scope = { trace, signal }
      const codes = Array.from({ length: CODES }, createCode)
      const createdAt = new Date(clock.now())
      const rows = await Promise.all(
        codes.map(async (code) => ({ user, codeHash: await digestCode(user, code), createdAt })),
      )
      await database.systemIn(scope).transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        await tx.deleteMany(recoveryCodesTable, { user })
        await tx.createMany(recoveryCodesTable, rows)
        const owner = await tx.get(users, user)
        if (!owner) throw sessionEnded()
        courier.mail(tx, owner.email, {
          kind: 'changed',
          change: 'recovery codes made anew',
          occasion: occasionOf(incoming, clock.now()),
        })
        const facts = { user, address: incoming.address, reason: METHOD }
        report('auth.factor_added', facts, scope, tx)
      })
      return { status: 200, body: { codes } }
    },
  })
}

function count({ database }: AuthServices): RecoveryCodeOperations['recoveryCodes']['count'] {
  return define({
    method: 'GET',
    path: '/auth/recovery-codes',
    summary: 'Count the recovery codes that are left',
    tags,
    responses: { 200: v.object({ left: v.number() }) },
    handler: async ({ actor: { id: user }, trace, signal }) => {
      const left = await database.systemIn({ trace, signal }).count(recoveryCodesTable, { user })
      return { status: 200, body: { left } }
    },
  })
}

function verify(services: AuthServices): RecoveryCodeOperations['recoveryCodes']['verify'] {
  const { courier, clock } = services
  return define({
    method: 'POST',
    path: '/auth/recovery-codes/verify',
    summary: 'Use a recovery code',
    description: 'Finishes a half-finished sign-in, or shows the second factor in a session.',
    tags,
    guard: anyone,
    transaction: false,
    body: v.object({
      code: v.pipe(v.string(), v.nonEmpty(), v.maxLength(100)),
      ...secondFactorEntries,
    }),
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
            const where = { user, codeHash: await digestCode(user, body.code) }
            const row = await db.first(recoveryCodesTable, { where })
            return row && ((tx) => tx.delete(recoveryCodesTable, row.id))
          },
          onShown: (tx, { email }) =>
            courier.mail(tx, email, {
              kind: 'changed',
              change: 'recovery code used',
              occasion: occasionOf(incoming, clock.now()),
            }),
        },
        { trace, signal },
      ),
  })
}
