import type { AnyTable, Database } from '../data/index.ts'
import type { OperationTree } from '../http/index.ts'
import type { Clock, Keyring, Signals } from '../kernel/index.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { Devices } from './devices/devices.ts'
import type { Report } from './events.ts'
import type { Gate } from './limits/gate.ts'
import type { Courier } from './mail/courier.ts'
import type { LinkPaths, Links } from './mail/links.ts'
import type { OpenPart } from './open-part.ts'
import type { PermissionsOf } from './permissions.ts'
import type { OneTimeSecrets } from './secrets/one-time.ts'
import type { OpenSession } from './session/open-session.ts'
import type { SessionSettings } from './session/session-settings.ts'
import type { AnswerSignIn } from './sign-in/answer.ts'
import type { SignIn } from './sign-in/sign-in.ts'

/** What auth was given beside its parts, and what some of them cannot do without. */
export type Need = 'keys' | 'mail' | 'text' | 'origin'

/** What a part is given when auth is opened. */
export interface AuthServices {
  readonly database: Database
  readonly signals: Signals
  readonly clock: Clock
  /** Seals seeds and signs codes. Only there for parts that need `keys`. */
  readonly keys: Keyring
  /** Where the application is reached, such as `https://shop.example`. Only for parts that need it. */
  readonly origin: string
  readonly session: SessionSettings
  readonly gate: Gate
  readonly report: Report
  readonly secrets: OneTimeSecrets
  readonly courier: Courier
  readonly links: Links
  /** Where those links lead. */
  readonly linkPaths: LinkPaths
  readonly devices: Devices
  readonly openSession: OpenSession
  readonly signIn: SignIn
  readonly answerSignIn: AnswerSignIn
  readonly accounts: Accounts
  /** Whether mail can be sent: what to do about an address that nobody has proved to read. */
  readonly sendsMail: boolean
  /** What somebody with these roles may do. */
  readonly permissionsOf: PermissionsOf
}

/**
 * A part of auth as a value: a way to prove who one is (`password()`), a second factor, or what comes
 * after. It brings its own tables and operations, so one that is not passed costs neither.
 */
export interface AuthPart<
  Operations extends OperationTree = OperationTree,
  Kind extends 'factor' | 'feature' = 'factor' | 'feature',
> {
  readonly kind: Kind
  readonly name: string
  readonly tables: readonly AnyTable[]
  /** Whether it only comes after another factor, so that alone it lets nobody in. Default false. */
  readonly second?: boolean
  /** What it cannot do without; auth refuses to start when one is missing. */
  readonly needs?: readonly Need[]
  /** Makes its operations, which are mounted among those of sessions. */
  open(services: AuthServices): OpenPart<Operations>
}

/** A way to prove who one is. */
export type Factor<Operations extends OperationTree = OperationTree> = AuthPart<
  Operations,
  'factor'
>

/** What is not a way to prove who one is, such as API keys or pages. */
export type Feature<Operations extends OperationTree = OperationTree> = AuthPart<
  Operations,
  'feature'
>
