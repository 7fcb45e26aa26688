import { type AuthOptions, type Factor, password } from 'plinth/auth'
import { type PasskeysOptions, passkeys } from 'plinth/auth/passkeys'
import type { DataSource } from 'plinth/data'
import { type AuthApp, MAILING, openApp } from '../app.ts'

export * from './ceremony.ts'

interface Extra extends Partial<Omit<AuthOptions, 'factors'>> {
  readonly source?: DataSource
  readonly others?: readonly Factor[]
}

const ROOMY = { attempts: 10_000, window: 60_000 }
export const UNLIMITED = { limits: { account: ROOMY, address: ROOMY, global: ROOMY } } as const

/** An app with passwords and passkeys. */
export function openPasskeyApp(
  options: PasskeysOptions = {},
  { source, others = [], ...auth }: Extra = {},
): Promise<AuthApp> {
  const factors = [password(), passkeys(options), ...others]
  return openApp({ ...MAILING, factors, ...auth }, source ? { source } : {})
}

/** The caller's passkeys, as the list shows them. */
export async function passkeysOf(
  app: AuthApp,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly id: string; readonly name: string }[]> {
  return (await app.send('/auth/passkeys', { headers })).json.items
}

/** Stores so many passkeys more for a user, past the ceremony; answers their ids. */
export async function fill(app: AuthApp, user: string, count: number): Promise<string[]> {
  const table = app.description.tables.find(({ name }) => name === 'plinth_passkeys')
  const { system } = app.database
  const like = table && (await system.first(table, { where: { user } as never }))
  if (!table || !like) throw new Error('the user has no passkey to be like')
  const ids: string[] = []
  for (let made = 0; made < count; made++) {
    const { id, ...row } = like as Record<string, unknown>
    const credentialId = crypto.randomUUID()
    const values = { ...row, credentialId, credentialHash: credentialId }
    ids.push(String(((await system.create(table, values as never)) as { id: string }).id))
  }
  return ids
}
