import type { AnyTable, Database } from '../data/index.ts'
import type { Authenticate, OperationTree } from '../http/index.ts'
import {
  type Clock,
  createSignals,
  type Keyring,
  misuse,
  type Signals,
  systemClock,
} from '../kernel/index.ts'
import { createAccounts } from './accounts/accounts.ts'
import type { Auth } from './auth.ts'
import { createDevices } from './devices/devices.ts'
import { createReport, type OnAuthEvent } from './events.ts'
import { createGate } from './limits/gate.ts'
import { createLimiter } from './limits/limiter.ts'
import { createMemoryLimiter } from './limits/memory-limiter.ts'
import { createCourier } from './mail/courier.ts'
import { createLinks } from './mail/links.ts'
import type { NamedPart } from './open-part.ts'
import type { AuthServices } from './part.ts'
import { createOneTimeSecrets } from './secrets/one-time.ts'
import { createAuthenticate } from './session/authenticate.ts'
import { createOpenSession } from './session/open-session.ts'
import { sessionOperations } from './session/session-operations.ts'
import { createAnswerSignIn, readPending } from './sign-in/answer.ts'
import { createSignIn } from './sign-in/sign-in.ts'
import { createSweep } from './sweep.ts'

/** What auth works with. */
export interface AuthPorts {
  /** Holds the tables of the description. */
  readonly database: Database
  /** Default: nobody listens. */
  readonly signals?: Signals
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Records events, in the transactions that they are part of. Default: nobody does. */
  readonly onEvent?: OnAuthEvent | undefined
}

/** Auth at work. */
export interface OpenAuth<Operations extends OperationTree = OperationTree> {
  readonly tables: readonly AnyTable[]
  /** To be mounted beside a team's own, under the name `auth`. */
  readonly operations: Operations
  /** For `createApp` and `mount`: finds out who sends a request. */
  readonly authenticate: Authenticate
  /** The name of the session's cookie, for the API's description. */
  readonly cookie: string
  /** Settles when every mail and message that was promised has been sent or given up. */
  idle(): Promise<void>
}

/**
 * Puts a description to work on an open database.
 *
 * ```ts
 * import { auth, openAuth, password } from 'plinth/auth'
 * import { type DataSource, open } from 'plinth/data'
 * import { type App, createApp } from 'plinth/http'
 *
 * const accounts = auth({ factors: [password()] })
 *
 * export async function start(source: DataSource): Promise<App> {
 *   const database = await open(source, { tables: accounts.tables })
 *   const { operations, authenticate } = openAuth(accounts, { database })
 *   return createApp({ operations: { auth: operations }, authenticate })
 * }
 * ```
 */
export function openAuth<Operations extends OperationTree>(
  description: Auth<Operations>,
  ports: AuthPorts,
): OpenAuth<Operations> {
  const { database, signals = createSignals(), clock = systemClock, onEvent } = ports
  const { tables, parts, session, permissionsOf } = description
  const opened: NamedPart[] = []
  const services = createServices(description, {
    database,
    signals,
    clock,
    onEvent,
    parts: () => opened,
  })
  for (const part of parts) {
    opened.push({ name: part.name, ...part.open(services) })
  }
  const made = opened.map(({ operations }) => operations)
  const basic = Object.assign({}, sessionOperations(services), ...made)
  const operations = Object.assign({}, basic, ...opened.map((part) => part.over?.(basic)))
  const credentials = opened.flatMap(({ credential }) => credential ?? [])
  return {
    tables,
    // The description is typed by the same parts whose operations were just made.
    operations: operations as Operations,
    authenticate: createAuthenticate({
      database,
      signals,
      clock,
      session,
      permissionsOf,
      credentials,
      mayActAs: (staff, user) => opened.some((part) => part.mayActAs?.(staff, user)),
    }),
    cookie: session.cookie,
    idle: services.courier.idle,
  }
}

function createServices(
  { limits, session, origin = '', keys = noKeys, mail, text, ...rest }: Auth,
  ports: Required<AuthPorts> & { readonly parts: () => readonly NamedPart[] },
): AuthServices {
  const { database, signals, clock, onEvent, parts } = ports
  const { compose, links, captcha, permissionsOf } = rest
  const report = createReport(signals, onEvent)
  const devices = createDevices({ database, clock })
  const limiter = (limits.store === 'memory' ? createMemoryLimiter : createLimiter)({
    database,
    clock,
    limits,
    onCounted: createSweep({ database, clock, signals, parts }),
    onLimited: ({ address }, reason, scope) => report('auth.limited', { address, reason }, scope),
  })
  const secrets = createOneTimeSecrets({ database, clock, keys })
  const courier = createCourier({ mail, text, compose, signals })
  const openSession = createOpenSession({ clock, session, parts })
  return {
    database,
    signals,
    clock,
    keys,
    origin,
    session,
    gate: createGate({ limiter, devices, captcha }),
    report,
    secrets,
    courier,
    links: createLinks(origin, links),
    linkPaths: links,
    devices,
    openSession,
    signIn: createSignIn({
      database,
      clock,
      openSession,
      secrets,
      devices,
      courier,
      report,
      parts,
      readPending,
    }),
    answerSignIn: createAnswerSignIn(session),
    accounts: createAccounts({ clock, parts }),
    permissionsOf,
    sendsMail: mail !== undefined,
  }
}

const refuse = (): never => {
  throw misuse('auth({ keys })', 'is missing; a part that uses it says so in its needs')
}

/** Stands where no keyring was given: parts that need one are refused before. */
const noKeys: Keyring = {
  seal: refuse,
  open: refuse,
  sign: refuse,
  verify: refuse,
  isFormer: refuse,
}
