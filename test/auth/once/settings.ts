import {
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
import { createKeyring } from 'plinth/kernel'

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
