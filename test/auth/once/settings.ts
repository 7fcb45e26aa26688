import {
  account,
  apiKeys,
  emailChange,
  emailCode,
  magicLink,
  password,
  recoveryCodes,
  refreshTokens,
  rememberedDevices,
  smsCode,
  staff,
  totp,
  users,
} from 'plinth/auth'
import { passkeys } from 'plinth/auth/passkeys'
import { serviceTokens } from 'plinth/auth/service-tokens'
import { createKeyring } from 'plinth/kernel'
import { ADA, type AuthApp, enter } from '../auth-app.ts'
import { corp } from './corp.ts'

const many = { attempts: 1_000_000, window: 60_000 }

/** A service that tokens are made for. */
export const AUDIENCE = 'https://stock.test'

/** Every part of auth, as each process of a test opens it. */
export const settings = () => ({
  factors: [
    password(),
    magicLink(),
    emailCode(),
    smsCode(),
    totp(),
    recoveryCodes(),
    passkeys(),
    corp(),
  ] as const,
  features: [
    refreshTokens(),
    emailChange(),
    account(),
    apiKeys(),
    serviceTokens({ audiences: [AUDIENCE] }),
    rememberedDevices(),
    staff(),
  ] as const,
  permissions: {
    staff: [
      ...['users:read', 'users:ban', 'users:impersonate'],
      ...['service-accounts:manage', 'orders:read'],
    ],
  },
  // The key of all processes of a test is no secret.
  keys: createKeyring({ current: 'test', keys: { test: 'A'.repeat(43) } }),
  limits: { account: many, address: many, global: many },
})

/** Signs up and in, as staff who may do all that there is to be done. */
export async function enterStaff(app: AuthApp) {
  const entered = await enter(app)
  await app.database.system.updateMany(users, { email: ADA.email }, { roles: ['staff'] })
  return entered
}
