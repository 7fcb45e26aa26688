import * as v from 'valibot'
import type { Handle, Row } from '../../data/index.ts'
import { defineOperation, type Principal } from '../../http/index.ts'
import { PlinthError, sha256 } from '../../kernel/index.ts'
import { holdUser } from '../accounts/hold-user.ts'
import { passkeyRefused, sessionEnded } from '../errors.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { attestationSchema, creationOptions } from './ceremonies.ts'
import { toCreationOptions } from './ceremony-options.ts'
import { type Ceremony, issueChallenge, spendChallenge } from './challenges.ts'
import { challengeOf } from './client-data.ts'
import type { PasskeyOperations, PasskeyServices } from './operations.ts'
import { MOST_PASSKEYS, passkeys } from './passkeys-table.ts'
import { type NewPasskey, verifyAttestation } from './verify-attestation.ts'
import { nameSchema, passkeyView, toPasskeyView } from './wire.ts'

type PasskeyTree = PasskeyOperations['passkeys']

const NAME = 'Passkey'

/** Makes the operation `POST /auth/passkeys/options`. */
export function registrationOptions(services: PasskeyServices): PasskeyTree['registrationOptions'] {
  const { database, secrets, signIn, party } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/passkeys/options',
    summary: 'Begin to add a passkey',
    tags: ['auth'],
    transaction: false,
    responses: { 200: creationOptions },
    errors: { 401: ['insufficient_authentication'], 409: ['too_many_passkeys'] },
    handler: async ({ actor, principal, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const body = await database.systemIn({ trace, signal }).transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        const user = await tx.get(users, actor.id)
        if (!user) throw sessionEnded()
        const { items: known } = await tx.list(passkeys, {
          where: { user: user.id },
          select: ['credentialId', 'transports'],
          limit: MOST_PASSKEYS,
        })
        assertRoom(known.length)
        const challenge = await issueChallenge(secrets, tx, ceremonyOf(principal))
        return toCreationOptions(party, { user, known, challenge })
      })
      return { status: 200, body }
    },
  })
}

/** Makes the operation `POST /auth/passkeys`. The challenge is spent with the answer, right or wrong. */
export function register(services: PasskeyServices): PasskeyTree['register'] {
  const { database, clock, secrets, accounts, signIn, courier, report, party } = services
  return defineOperation()({
    method: 'POST',
    path: '/auth/passkeys',
    summary: 'Add a passkey',
    description: 'The first one ends all other sessions: it is asked for from now on.',
    tags: ['auth'],
    transaction: false,
    body: v.object({ credential: attestationSchema, name: v.optional(nameSchema, NAME) }),
    responses: { 201: passkeyView },
    errors: {
      400: ['passkey_refused'],
      401: ['insufficient_authentication'],
      409: ['too_many_passkeys'],
    },
    handler: async ({ body, actor, principal, incoming, trace, signal }) => {
      const scope = { trace, signal }
      const { credential, name } = body
      const db = database.systemIn(scope)
      if (!isOwnSession(principal)) throw sessionEnded()
      const challenge = challengeOf(credential)
      const made = await verifyAttestation(party, { credential, challenge })
      const now = clock.now()
      const added = await db.transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        if (!(await spendChallenge(secrets, tx, { ...ceremonyOf(principal), challenge })))
          return null
        const user = await holdUser(tx, actor.id)
        if (!user) throw sessionEnded()
        assertRoom(await tx.count(passkeys, { user: user.id }))
        const first = (await signIn.enrolled(tx, user.id)).length === 0
        const stored = made && (await store(tx, made, { user: user.id, name, now }))
        if (!stored) return null
        if (first) await accounts.endAccess(tx, user.id, { except: principal.sessionId })
        const occasion = occasionOf(incoming, now)
        courier.mail(tx, user.email, { kind: 'changed', change: 'passkey added', occasion })
        const facts = { user: actor.id, session: principal.sessionId, address: incoming.address }
        report('auth.factor_added', { ...facts, reason: 'passkey' }, scope, tx)
        return stored
      })
      if (!added) throw passkeyRefused()
      return { status: 201, body: toPasskeyView(added) }
    },
  })
}

function ceremonyOf({ actor, sessionId }: Principal): Ceremony {
  return { purpose: 'passkey-register', user: actor.id, within: sessionId }
}

/** Null for a credential that is known already, whoever has it: that is not told. */
async function store(
  tx: Handle,
  made: NewPasskey,
  { user, name, now }: { user: string; name: string; now: number },
): Promise<Row<typeof passkeys> | null> {
  const credentialHash = await sha256(made.credentialId)
  const row = { ...made, credentialHash, user, name, createdAt: new Date(now), lastUsedAt: null }
  try {
    return await tx.transaction((inner) => inner.create(passkeys, row))
  } catch (error) {
    if (error instanceof PlinthError && error.code === 'conflict') return null
    throw error
  }
}

function assertRoom(count: number): void {
  if (count < MOST_PASSKEYS) return
  const message = `There are ${MOST_PASSKEYS} passkeys already. Remove one first.`
  throw new PlinthError('too_many_passkeys', message, { status: 409 })
}
