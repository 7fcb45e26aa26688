import * as v from 'valibot'
import type { Handle } from '../../data/index.ts'
import { anyone, defineOperation } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { emailSchema } from '../email.ts'
import { weakPassword } from '../errors.ts'
import { nameSchema } from '../name.ts'
import { ACCEPTED, acceptedSchema } from '../secrets/wire.ts'
import { users } from '../users.ts'
import { type PasswordOperations, type PasswordServices, passwordSchema } from './operations.ts'
import { findWeakness } from './password-text.ts'
import { passwords } from './passwords-table.ts'
import { registerByMail } from './pending-sign-up.ts'
import type { Register } from './registration.ts'

/**
 * Makes the operation `POST /auth/sign-up`. Nobody learns from it who has an account: a free and a
 * taken address take the same way (a hash, a transaction with a write, a durable commit) to the same
 * answer.
 */
export function signUp(services: PasswordServices): PasswordOperations['signUp'] {
  const { gate, hasher, rules, assertUnbreached, sendsMail } = services
  const register = sendsMail ? registerByMail(services) : registerAtOnce(services)
  return defineOperation()({
    method: 'POST',
    path: '/auth/sign-up',
    summary: 'Create an account',
    description: sendsMail
      ? 'Answers alike whether or not the address was free. The link that is mailed to it finishes.'
      : 'Answers alike whether or not the address was free. Sign in next.',
    tags: ['auth'],
    guard: anyone,
    transaction: false,
    body: v.object({
      email: emailSchema,
      password: passwordSchema,
      name: v.optional(nameSchema),
    }),
    responses: { 202: acceptedSchema },
    errors: { 429: ['rate_limited'] },
    handler: async ({ body, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const { email, password, name = null } = body
      const weakness = await findWeakness(password, { email, name }, rules)
      if (weakness !== undefined) throw weakPassword(weakness)
      await gate.pass({ purpose: 'sign_up', account: email, incoming, people: true }, scope)
      await assertUnbreached(password, scope)
      const hash = await hasher.hash(password, scope)
      return register({ email, name, hash, incoming }, scope)
    },
  })
}

/** Makes the sign-up of applications that cannot ask whether somebody reads the address. */
function registerAtOnce({ database, clock, report }: PasswordServices): Register {
  return async ({ incoming, ...account }, scope) => {
    await database.systemIn(scope).transaction(async (tx) => {
      const created = await createAccount(tx, { ...account, usedAt: new Date(clock.now()) })
      if (created === undefined) await mimicAccount(tx, account.email)
      const facts = created === undefined ? { reason: 'address taken' } : { user: created }
      report('auth.sign_up', { ...facts, address: incoming.address }, scope, tx)
    })
    return { status: 202, body: ACCEPTED }
  }
}

interface NewAccount {
  readonly email: string
  readonly name: string | null
  readonly hash: string
  readonly usedAt: Date
}

/** Returns the id of the new user, or `undefined` when the address is taken: the unique key decides. */
async function createAccount(
  tx: Handle,
  { email, name, hash, usedAt }: NewAccount,
): Promise<string | undefined> {
  try {
    return await tx.transaction(async (inner) => {
      const user = await inner.create(users, { email, name })
      await inner.create(passwords, { user: user.id, hash, usedAt })
      return user.id
    })
  } catch (error) {
    if (error instanceof PlinthError && error.code === 'conflict') return undefined
    throw error
  }
}

/** Writes the row that is there as it is, so that this commit waits for the disk like the other. */
async function mimicAccount(tx: Handle, email: string): Promise<void> {
  await tx.updateMany(users, { email }, { email })
}
