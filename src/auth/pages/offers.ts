import type { AccountOperations } from '../account/operations.ts'
import type { ApiKeyOperations } from '../api-keys/operations.ts'
import type { EmailCodeOperations, SmsCodeOperations } from '../codes/operations.ts'
import type { DeviceOperations } from '../devices/remembered-devices.ts'
import type { EmailChangeOperations } from '../email-change/operations.ts'
import type { MagicLinkOperations } from '../magic-link/operations.ts'
import type { OneProvider, ProviderOperations } from '../oauth/operations.ts'
import type { PasskeyOperations } from '../passkeys/operations.ts'
import type { PasswordOperations } from '../password/operations.ts'
import type { RecoveryCodeOperations } from '../recovery-codes/operations.ts'
import type { SessionOperations } from '../session/session-operations.ts'
import type { TotpOperations } from '../totp/operations.ts'

/** The operations of all parts there are, of which those that were passed to `auth()` are there. */
export type Offers = SessionOperations &
  Partial<
    PasswordOperations &
      MagicLinkOperations &
      EmailCodeOperations &
      SmsCodeOperations &
      EmailChangeOperations &
      PasskeyOperations &
      TotpOperations &
      RecoveryCodeOperations &
      DeviceOperations &
      AccountOperations &
      ApiKeyOperations &
      Pick<ProviderOperations<never>, 'identities'>
  >

/** A sign-in provider that was passed to `auth()`. */
export interface OfferedProvider {
  readonly name: string
  /** As people know it. */
  readonly title: string
  readonly operations: OneProvider
}

/** How providers write their own names, where that is not the name with a capital. */
const TITLES: Readonly<Record<string, string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  linkedin: 'LinkedIn',
}

/** The sign-in providers there are, which stand in the tree by their names. */
export function providersOf(offers: Offers): OfferedProvider[] {
  return Object.entries(offers).flatMap(([name, operations]) => {
    if (!isProvider(operations)) return []
    const title = TITLES[name] ?? name.charAt(0).toUpperCase() + name.slice(1)
    return { name, title, operations }
  })
}

function isProvider(operations: object): operations is OneProvider {
  return ['start', 'callback', 'link', 'unlink'].every((name) => Object.hasOwn(operations, name))
}
