import {
  auth,
  emailChange,
  emailCode,
  magicLink,
  password,
  recoveryCodes,
  refreshTokens,
  smsCode,
  totp,
} from 'plinth/auth'
import { passkeys } from 'plinth/auth/passkeys'
import type { DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { createKeyring } from 'plinth/kernel'

/** A thousand that want one row wait for each other. */
const MINUTES = 300_000
const PATIENT = { timeout: MINUTES }
const many = { attempts: 1_000_000, window: 60_000 }

/** Every part that spends something once, as each process of a test opens it. */
export const settings = () => ({
  factors: [
    password(),
    magicLink(),
    emailCode(),
    smsCode(),
    totp(),
    recoveryCodes(),
    passkeys(),
  ] as const,
  features: [refreshTokens(), emailChange()] as const,
  // The key of all processes of a test is no secret.
  keys: createKeyring({ current: 'test', keys: { test: 'A'.repeat(43) } }),
  limits: { account: many, address: many, global: many },
})

/** Auth as those processes have it: what they would send is thrown away. */
export const everything = () =>
  auth({
    ...settings(),
    origin: 'https://app.test',
    mail: async () => {},
    text: async () => {},
  })

/** The database of an address, as `DATABASE_URL` would name it. */
export function sourceOf(address: string): DataSource {
  if (address.startsWith('postgres:'))
    return postgres({ url: address, ...PATIENT, wait: MINUTES }, [])
  if (address.startsWith('mysql:')) return mysql({ url: address, ...PATIENT, wait: MINUTES }, [])
  return sqlite(address, [], PATIENT)
}
