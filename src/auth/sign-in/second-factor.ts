import * as v from 'valibot'
import type { Handle, Row } from '../../data/index.ts'
import type { Incoming, Principal } from '../../http/index.ts'
import type { Scope } from '../../kernel/index.ts'
import { wrongCode } from '../errors.ts'
import type { AuthServices } from '../part.ts'
import type { Transport } from '../session/wire.ts'
import type { users } from '../users.ts'
import type { SignInAnswer } from './answer.ts'
import { transportSchema } from './wire.ts'

/** What attempts at second factors are counted as. */
export const SECOND_FACTOR = 'second_factor'

/** What every second factor is sent with. */
export interface SecondFactorBody {
  readonly code: string
  /** The half-finished sign-in, for programs; browsers send its cookie. */
  readonly pending?: string | undefined
  /** Whether this device need not show a second factor for 30 days. Default false. */
  readonly remember?: boolean | undefined
  readonly transport?: Transport | undefined
}

/** The schema of what a second factor with a code is sent with. */
export const secondFactorEntries: {
  readonly pending: v.GenericSchema<string | undefined>
  readonly remember: v.GenericSchema<boolean | undefined, boolean>
  readonly transport: typeof transportSchema
} = {
  pending: v.optional(v.pipe(v.string(), v.maxLength(100))),
  remember: v.optional(v.boolean(), false),
  transport: transportSchema,
}

/** A second factor that is being shown. */
export interface ShownFactor {
  /** As sessions name it, such as `totp`. */
  readonly method: string
  readonly body: { pending?: string | undefined; remember: boolean; transport: Transport }
  readonly request: {
    readonly incoming: Incoming
    readonly principal: Principal | null
  }
  /** Checks it, without writing: null when it is wrong, else what spends it as part of the way in. */
  find(db: Handle, user: string): Promise<((tx: Handle) => Promise<boolean>) | null>
  /** What else is to be done when it let its owner in. Default: nothing. */
  onShown?(tx: Handle, user: Row<typeof users>): void
}

/**
 * Takes a second factor that is shown half-way in, or to step up: counts the attempt before anything is
 * looked at, and spends the factor and the half-finished sign-in in one transaction. All second factors
 * of a user are counted together, so that one more is no further set of guesses.
 */
export async function showSecondFactor(
  services: AuthServices,
  { method, body, request, find, onShown }: ShownFactor,
  scope: Scope,
): Promise<SignInAnswer> {
  const { database, gate, signIn, report, answerSignIn } = services
  const { pending, remember: trust } = body
  const { incoming, principal } = request
  const half = await signIn.findHalf(pending, request, scope)
  const { user } = half
  // A session that steps up is replaced where it came from.
  const transport = (half.pending === undefined && principal?.credential) || body.transport
  const attempt = await gate.pass({ purpose: SECOND_FACTOR, account: user, incoming }, scope)
  const db = database.systemIn(scope)
  const spend = await find(db, user)
  const entered =
    spend &&
    (await db.transaction(async (tx) => {
      if (!(await spend(tx))) return null
      await gate.forgive(tx, attempt)
      const done = await signIn.complete(tx, half, { ...request, transport, scope, method, trust })
      onShown?.(tx, done.user)
      return done
    }))
  if (!entered) {
    const { address } = incoming
    report('auth.second_factor_failed', { user, address, reason: method }, scope)
    throw wrongCode()
  }
  return answerSignIn(entered, { incoming, transport })
}
