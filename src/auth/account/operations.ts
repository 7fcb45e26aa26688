import * as v from 'valibot'
import { defineOperation, type Operation, type Wire } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { accountInUse, sessionEnded } from '../errors.ts'
import { nameSchema } from '../name.ts'
import type { AuthServices } from '../part.ts'
import { farewell } from '../session/session-operations.ts'
import { toUserView, type UserView, userView } from '../session/wire.ts'
import { holdSession } from '../sign-in/hold-session.ts'
import { isOwnSession, occasionOf } from '../sign-in/sign-in.ts'
import { users } from '../users.ts'
import { type AccountExport, type ExportRows, exportAccount } from './export-account.ts'

/** What `account()` offers. */
export type AccountOperations = {
  readonly account: {
    /** `GET /auth/account/export`: everything that is stored of the caller, but secrets. */
    readonly export: Operation<Record<never, never>, { 200: AccountExport }>
    /** `DELETE /auth/account`: deletes the caller's account and all that belongs to it. */
    readonly remove: Operation<Record<never, never>, { 204: undefined }>
    /** `PATCH /auth/account`: changes what the caller is called. */
    readonly rename: Operation<{ body: { name: string | null } }, { 200: Wire<{ user: UserView }> }>
  }
}

/** What the operations of this feature work with. */
export interface AccountServices extends AuthServices {
  readonly rows: ExportRows
}

const define = defineOperation()
const tags = ['auth']
const exportSchema: v.GenericSchema<AccountExport> = v.object({
  exportedAt: v.string(),
  user: v.unknown(),
  sessions: v.unknown(),
  devices: v.unknown(),
  auth: v.unknown(),
  data: v.unknown(),
})

/** Makes the operations of a user's account. */
export function accountOperations(services: AccountServices): AccountOperations['account'] {
  return { export: exportOwn(services), remove: remove(services), rename: rename(services) }
}

function exportOwn(services: AccountServices): AccountOperations['account']['export'] {
  const { database, report } = services
  return define({
    method: 'GET',
    path: '/auth/account/export',
    summary: 'Export the own account',
    description: 'Everything that is stored of the account, without secrets.',
    tags,
    responses: { 200: exportSchema },
    handler: async ({ actor: { id: user }, principal, incoming, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const scope = { trace, signal }
      const body = await exportAccount(services, { db: database.systemIn(scope), user })
      report('auth.account_exported', { user, address: incoming.address }, scope)
      const headers = { 'content-disposition': 'attachment; filename="account.json"' }
      return { status: 200, headers, body }
    },
  })
}

function remove(services: AccountServices): AccountOperations['account']['remove'] {
  const { database, clock, signIn, accounts, courier, report, session: settings } = services
  return define({
    method: 'DELETE',
    path: '/auth/account',
    summary: 'Delete the own account',
    description: 'Takes a recent sign-in, and the second factor where one is enrolled.',
    tags,
    transaction: false,
    responses: { 204: null },
    errors: { 401: ['insufficient_authentication'], 409: ['account_in_use'] },
    handler: async ({ actor: { id: user }, principal, incoming, trace, signal }) => {
      if (!isOwnSession(principal)) throw sessionEnded()
      const scope = { trace, signal }
      const { address } = incoming
      await database.systemIn(scope).transaction(async (tx) => {
        await holdSession(tx, principal)
        await signIn.demandFresh(tx, principal)
        const owner = await tx.get(users, user)
        if (!owner) throw sessionEnded()
        await accounts.endAccess(tx, user)
        await tx.delete(users, user).catch(inUse)
        const occasion = occasionOf(incoming, clock.now())
        courier.mail(tx, owner.email, { kind: 'deleted', occasion })
        report('auth.account_deleted', { user, address }, scope, tx)
      })
      return { status: 204, headers: farewell(settings.cookie) }
    },
  })
}

function rename({ database }: AccountServices): AccountOperations['account']['rename'] {
  return define({
    method: 'PATCH',
    path: '/auth/account',
    summary: 'Change the own name',
    tags,
    transaction: false,
    body: v.object({ name: v.nullable(nameSchema) }),
    responses: { 200: v.object({ user: userView }) },
    handler: async ({ actor, body: { name }, trace, signal }) => {
      const user = await database.systemIn({ trace, signal }).update(users, actor.id, { name })
      if (!user) throw sessionEnded()
      return { status: 200, body: { user: toUserView(user) } }
    },
  })
}

/** Rows of the team's own tables may keep a user: that is for them to say, not for us to undo. */
function inUse(error: unknown): never {
  if (error instanceof PlinthError && error.code === 'invalid_reference') throw accountInUse(error)
  throw error
}
