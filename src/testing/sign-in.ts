import { normalizeEmail, users } from '../auth/index.ts'
import type { Database } from '../data/index.ts'
import { type Issue, misuse, PlinthError } from '../kernel/index.ts'
import { type Outbox, tokenIn } from './outbox.ts'
import { createVisitor, type TestedApp, type Visitor } from './visitor.ts'

/** Who signs in. */
export interface Account {
  readonly email: string
  readonly password: string
  /** Given to the user. Needs an app that has its `database`, as `backend()` does. */
  readonly roles?: readonly string[]
  /**
   * What the app mails into: `createOutbox()`. Needed where signing up is confirmed by mail, as it is
   * with `auth({ mail })`.
   */
  readonly outbox?: Outbox
}

/**
 * Signs an account up and in through the app's own doors, and returns a visitor that brings the
 * session's bearer token along. An account that exists is signed in. For an app that confirms sign-ups by
 * mail, pass the `outbox` that it mails into.
 *
 * Throws `sign_in_failed` with what the app answered.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { auth, password, users } from 'plinth/auth'
 * import { resource } from 'plinth/api'
 * import { id, ref, table } from 'plinth/data'
 * import { freshDatabase, signIn } from 'plinth/testing'
 * import * as v from 'valibot'
 *
 * const notes = table(
 *   'notes',
 *   { id: id(), owner: ref(users, { default: 'actor' }), title: v.string() },
 *   { policy: { all: (actor) => ({ owner: actor.id }) } },
 * )
 * const app = await backend({
 *   data: freshDatabase([notes]),
 *   auth: auth({ factors: [password()] }),
 *   api: { notes: resource(notes) },
 * })
 *
 * const ada = await signIn(app, { email: 'ada@example.com', password: 'a long enough one' })
 * const created = await ada.client.notes.create({ body: { title: 'First' } })
 * console.log(created.status) // 201
 * ```
 */
export async function signIn<Tested extends TestedApp & { readonly database?: Database }>(
  app: Tested,
  { email, password, roles, outbox }: Account,
): Promise<Visitor<Tested>> {
  const { database } = app
  if (roles && !database) throw misuse('signIn({ roles })', 'needs an app with its database')
  const visitor = createVisitor(app)
  const signedUp = await visitor.fetch('/auth/sign-up', { json: { email, password } })
  const token = outbox && signedUp.ok ? await confirmationOf(email, outbox) : undefined
  const [path, proof] = token ? ['/auth/sign-up/confirm', { token }] : ['/auth/sign-in', { email }]
  const response = await visitor.fetch(path, { json: { ...proof, password, transport: 'bearer' } })
  // What was wrong with the password is said when signing up alone.
  if (!response.ok) throw await failed(email, signedUp.ok ? response : signedUp)
  if (roles && database) await giveRoles(database, email, roles)
  const signedIn = (await response.json()) as { token: string }
  return createVisitor(app, { authorization: `Bearer ${signedIn.token}` })
}

/** Where the app wrote to; a mail without a link says that there is such an account. */
async function confirmationOf(email: string, outbox: Outbox): Promise<string | undefined> {
  return tokenIn(await outbox.next(normalizeEmail(email) ?? email))
}

/** What the app said, with what it said of the password. */
async function failed(email: string, response: Response): Promise<PlinthError> {
  const { detail = '', issues = [] } = (await response.json()) as Partial<Refusal>
  const said = [detail, ...issues.map(({ path, message }) => `${path}: ${message}`)].join(' ')
  return new PlinthError('sign_in_failed', `signIn: ${email} got ${response.status}: ${said}`)
}

interface Refusal {
  readonly detail: string
  readonly issues: readonly Issue[]
}

async function giveRoles(
  database: Database,
  email: string,
  roles: readonly string[],
): Promise<void> {
  const user = { email: normalizeEmail(email) ?? email }
  await database.system.updateMany(users, user, { roles: [...roles] })
}
