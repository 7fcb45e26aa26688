import { assertKnown, misuse } from '../../kernel/index.ts'
import { assertFunction, assertInteger } from '../options.ts'
import type { Factor } from '../part.ts'
import { type Breached, createBreachCheck } from './breached.ts'
import { changePassword } from './change-password.ts'
import { confirmReset } from './confirm-reset.ts'
import { confirmSignUp } from './confirm-sign-up.ts'
import { createHasher } from './hasher.ts'
import type { PasswordOperations, PasswordServices } from './operations.ts'
import { MINIMUM_LENGTH, type PasswordRules } from './password-text.ts'
import { passwords } from './passwords-table.ts'
import type { Cost } from './phc.ts'
import { reset } from './reset.ts'
import { signIn } from './sign-in.ts'
import { signUp } from './sign-up.ts'

/** What passwords must be like and what hashing one costs. */
export interface PasswordOptions {
  /** Characters of a new password, from 8 to 64. Default 8. */
  readonly minimumLength?: number
  /**
   * Words that guessers try first here, such as the product's name: a new password may not be one of
   * them with only digits and signs about it. The user's own name and address always count.
   */
  readonly contextWords?: readonly string[]
  /**
   * Looks new passwords up among those of data breaches: `pwnedPasswords()`. Default: only the 3,000
   * commonest are refused. A look-up that fails or takes two seconds lets the password pass, and is logged.
   */
  readonly breached?: Breached
  /** What argon2id costs. A hash that was cheaper is replaced when its owner signs in. */
  readonly argon2?: {
    /** KiB. Default and least: 19,456. At most 1,048,576. */
    readonly memory?: number
    /** Default and least: 2. At most 20. */
    readonly passes?: number
  }
}

/** OWASP's second choice, for the memory of many sign-ins at once. */
const MEMORY = 19_456
const PASSES = 2

/**
 * Makes the factor of e-mail address and password: sign-up, sign-in and change of password, and with
 * `auth({ mail })` confirmed addresses and reset.
 *
 * Where mail is sent, signing up makes no account: the link that is mailed does, once it is confirmed in
 * the browser that signed up or with the password. Without mail accounts are made at once and addresses
 * stay unproved, and the operations `confirmSignUp`, `reset` and `confirmReset` are not there (404).
 *
 * Passwords have 8 to 256 characters of any kind. Refused are the 3,000 commonest, and those made of
 * the user's name or address or of `contextWords`. Stored are argon2id hashes, as PHC strings.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [password({ minimumLength: 12, contextWords: ['acme'] })],
 * })
 * ```
 */
export function password(options: PasswordOptions = {}): Factor<PasswordOperations> {
  assertKnown('password()', options, ['minimumLength', 'contextWords', 'breached', 'argon2'])
  const rules = resolveRules(options)
  const cost = resolveCost(options.argon2)
  const { breached } = options
  assertFunction(breached, 'password().breached', 'pwnedPasswords()')
  return {
    kind: 'factor',
    name: 'password',
    tables: [passwords],
    open(services) {
      const hasher = createHasher({ cost, signals: services.signals })
      const assertUnbreached = createBreachCheck({ breached, signals: services.signals })
      const own = { ...services, hasher, rules, assertUnbreached }
      return {
        operations: operationsOf(own),
        countWaysIn: (db, user) => db.count(passwords, { user }),
        forget: async (tx, user) => {
          await tx.deleteMany(passwords, { user })
        },
        export: async (db, user) => {
          const stored = await db.first(passwords, { where: { user }, select: ['usedAt'] })
          return { lastUsedAt: stored?.usedAt ?? null }
        },
      }
    },
  }
}

/** Those that take a mail are left out where none is sent, and asking for them is a 404. */
function operationsOf(services: PasswordServices): PasswordOperations {
  const operations = {
    signUp: signUp(services),
    signIn: signIn(services),
    changePassword: changePassword(services),
    ...(services.sendsMail && {
      confirmSignUp: confirmSignUp(services),
      reset: reset(services),
      confirmReset: confirmReset(services),
    }),
  }
  return operations as PasswordOperations
}

function resolveRules({
  minimumLength = MINIMUM_LENGTH,
  contextWords = [],
}: PasswordOptions): PasswordRules {
  const place = 'password().minimumLength'
  assertInteger(minimumLength, { place, min: MINIMUM_LENGTH, max: 64, unit: 'characters' })
  if (!Array.isArray(contextWords) || contextWords.some((word) => typeof word !== 'string')) {
    throw misuse('password().contextWords', `is ${String(contextWords)}; expected a list of words`)
  }
  return { minimumLength, contextWords: contextWords.map((word) => word.toLowerCase()) }
}

function resolveCost(options: PasswordOptions['argon2'] = {}): Cost {
  const place = 'password().argon2'
  assertKnown(place, options, ['memory', 'passes'])
  const { memory = MEMORY, passes = PASSES } = options
  assertInteger(memory, { place: `${place}.memory`, min: MEMORY, max: 1_048_576, unit: 'KiB' })
  assertInteger(passes, { place: `${place}.passes`, min: PASSES, max: 20 })
  return { memory, passes, lanes: 1 }
}
