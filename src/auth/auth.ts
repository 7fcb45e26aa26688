import type { AnyTable } from '../data/index.ts'
import type { OperationTree } from '../http/index.ts'
import { assertKnown, type Keyring, misuse, type SendMail, type SendText } from '../kernel/index.ts'
import { devices } from './devices/devices-table.ts'
import { attempts } from './limits/attempts-table.ts'
import type { Captcha } from './limits/gate.ts'
import { type LimitOptions, type LimitSettings, resolveLimits } from './limits/limit-settings.ts'
import { LINK_PATHS, type LinkPaths } from './mail/links.ts'
import { type Compose, composeNotice } from './mail/notice.ts'
import { assertFunction } from './options.ts'
import { resolveOrigin } from './origin.ts'
import type { AuthPart, Factor, Feature, Need } from './part.ts'
import type { PasswordOperations } from './password/operations.ts'
import { type PermissionsOf, type RolePermissions, resolvePermissions } from './permissions.ts'
import { secrets } from './secrets/secrets-table.ts'
import { ownedSessions } from './session/current-sessions.ts'
import type { SessionOperations } from './session/session-operations.ts'
import {
  resolveSession,
  type SessionOptions,
  type SessionSettings,
} from './session/session-settings.ts'
import { users } from './users.ts'

/** How people sign in, how long that lasts and how often it may be tried. */
export interface AuthOptions<
  Factors extends readonly Factor[] = readonly Factor[],
  Features extends readonly Feature[] = readonly Feature[],
> {
  /** The ways to prove who one is, such as `password()`. At least one. */
  readonly factors: Factors
  /** What else accounts can do, such as `apiKeys()` or `pages()`. Default: nothing. */
  readonly features?: Features
  readonly session?: SessionOptions
  readonly limits?: LimitOptions
  /**
   * What each role may do, for the guard `permission()` and for policies, which find it as
   * `actor.permissions`. Default: nothing.
   */
  readonly permissions?: RolePermissions
  /**
   * Where people reach the application, such as `https://shop.example`: links in mails lead there, and
   * passkeys and sign-in providers are bound to it. Never taken from a request.
   */
  readonly origin?: string
  /** Seals and signs what is stored: `createKeyring()`. For factors that keep a seed or send a code. */
  readonly keys?: Keyring
  /** Sends mails: `smtp()` from `plinth/smtp`, `consoleMail()`, or a function of one's own. */
  readonly mail?: SendMail
  /** Sends short messages: `consoleText()`, or a function of one's own. */
  readonly text?: SendText
  /** Puts mails into words. Default: English, as plain text. */
  readonly compose?: Compose
  /** The paths that links in mails lead to. */
  readonly links?: Partial<LinkPaths>
  /** Asks a service whether a request comes from a person, where only people may try. Default: nobody. */
  readonly captcha?: Captcha
}

/** Sign-in as it is to be, before there is a database: a plain value with its tables. */
export interface Auth<Operations extends OperationTree = OperationTree> {
  readonly kind: 'auth'
  /** What the database must hold beside a team's own tables. */
  readonly tables: readonly AnyTable[]
  readonly parts: readonly AuthPart[]
  readonly session: SessionSettings
  readonly limits: LimitSettings
  readonly permissionsOf: PermissionsOf
  readonly origin: string | undefined
  readonly keys: Keyring | undefined
  readonly mail: SendMail | undefined
  readonly text: SendText | undefined
  readonly compose: Compose
  readonly links: LinkPaths
  readonly captcha: Captcha | undefined
  /** Types only: the operations that opening it gives. */
  readonly $operations?: Operations
}

/** The operations of a description; by default those of one with every factor there is. */
export type AuthOperations<A extends Auth = Auth<SessionOperations & PasswordOperations>> =
  NonNullable<A['$operations']>

/** What a list of factors or features adds up to. */
export type OperationsOf<Parts extends readonly AuthPart[]> = Parts extends readonly [
  AuthPart<infer Operations>,
  ...infer Rest extends readonly AuthPart[],
]
  ? Operations & OperationsOf<Rest>
  : SessionOperations

const OPTIONS = [
  'factors',
  'features',
  'session',
  'limits',
  'permissions',
  'origin',
  'keys',
  'mail',
  'text',
  'compose',
  'links',
  'captcha',
] as const satisfies (keyof AuthOptions)[]

/**
 * Describes how people sign in to a back end. `backend()` and `openAuth()` take the description.
 *
 * Throws `misuse` for unknown options, no factors, one part twice, a part without what it needs, and
 * values that would not be safe.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   session: { idle: 30 * 60_000, absolute: 12 * 60 * 60_000 },
 *   limits: { account: { attempts: 5, window: 15 * 60_000 } },
 *   permissions: { staff: ['orders:read', 'orders:refund'], support: ['orders:read'] },
 * })
 * ```
 */
export function auth<
  const Factors extends readonly Factor[],
  const Features extends readonly Feature[] = [],
>(options: AuthOptions<Factors, Features>): Auth<OperationsOf<[...Factors, ...Features]>> {
  assertKnown('auth()', options, OPTIONS)
  const { factors, features = [], keys, mail, text, compose = composeNotice, captcha } = options
  const origin = resolveOrigin(options.origin)
  assertFunction(mail, 'auth({ mail })', 'consoleMail()')
  assertFunction(text, 'auth({ text })', 'consoleText()')
  assertFunction(compose, 'auth({ compose })', '(notice) => ({ subject, text })')
  assertFunction(captcha, 'auth({ captcha })', 'turnstile()')
  if (keys !== undefined && typeof keys?.seal !== 'function') {
    throw misuse('auth({ keys })', 'is no keyring; expected what createKeyring() makes')
  }
  if (mail && origin === undefined) {
    throw misuse('auth({ mail })', 'needs origin, such as "https://shop.example", for its links')
  }
  const parts = [...partsOf('factor', factors), ...partsOf('feature', features)]
  assertWayIn(factors)
  assertParts(parts, { keys, mail, text, origin })
  return {
    kind: 'auth',
    tables: [
      ...new Set([
        users,
        ownedSessions,
        attempts,
        secrets,
        devices,
        ...parts.flatMap(({ tables }) => tables),
      ]),
    ],
    parts,
    session: resolveSession(options.session),
    limits: resolveLimits(options.limits),
    permissionsOf: resolvePermissions(options.permissions),
    origin,
    keys,
    mail,
    text,
    compose,
    links: resolveLinks(options.links),
    captcha,
  }
}

const EXAMPLES = { factor: 'password()', feature: 'apiKeys()' }

function partsOf(kind: AuthPart['kind'], given: readonly AuthPart[]): readonly AuthPart[] {
  const place = `auth({ ${kind}s })`
  if (!Array.isArray(given) || (kind === 'factor' && given.length === 0)) {
    throw misuse(place, `expected at least one ${kind}, such as ${EXAMPLES[kind]}`)
  }
  for (const part of given) {
    if (part?.kind === kind) continue
    const found = part?.kind === undefined ? typeof part : `the ${part.kind} "${part.name}"`
    throw misuse(place, `expected ${kind}s such as ${EXAMPLES[kind]}, got ${found}`)
  }
  return given
}

/** Second factors alone let nobody in. */
function assertWayIn(factors: readonly AuthPart[]): void {
  if (factors.some(({ second = false }) => !second)) return
  const names = factors.map(({ name }) => `"${name}"`).join(' and ')
  throw misuse('auth({ factors })', `${names} only come second; expected one such as password()`)
}

const NEEDS: Readonly<Record<Need, string>> = {
  keys: 'createKeyring() of plinth/kernel',
  mail: 'a sender, such as consoleMail()',
  text: 'a sender of short messages, such as consoleText()',
  origin: 'where the application is reached, such as "https://shop.example"',
}

function assertParts(parts: readonly AuthPart[], given: Readonly<Record<Need, unknown>>): void {
  const names = new Set<string>()
  for (const { kind, name, needs = [] } of parts) {
    if (names.has(name)) throw misuse(`auth({ ${kind}s })`, `"${name}" comes twice`)
    names.add(name)
    const missing = needs.find((need) => given[need] === undefined)
    if (missing)
      throw misuse(`auth({ ${missing} })`, `is missing; "${name}" needs ${NEEDS[missing]}`)
  }
}

function resolveLinks(given: Partial<LinkPaths> = {}): LinkPaths {
  assertKnown('auth({ links })', given, Object.keys(LINK_PATHS))
  for (const [name, path] of Object.entries(given)) {
    if (typeof path === 'string' && /^\/(?!\/)[^\s?#\\]*$/.test(path)) continue
    throw misuse(
      `auth({ links }).${name}`,
      `is ${JSON.stringify(path)}; expected a path like /reset`,
    )
  }
  return { ...LINK_PATHS, ...given }
}
