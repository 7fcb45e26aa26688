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
