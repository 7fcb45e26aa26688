/** Who comes into the shop, and by which ways. */

import {
  account,
  auth,
  emailChange,
  password,
  recoveryCodes,
  rememberedDevices,
  totp,
} from 'plinth/auth'
import { type OidcOptions, oidc } from 'plinth/auth/oauth'
import { pages } from 'plinth/auth/pages'
import { passkeys } from 'plinth/auth/passkeys'
import { createKeyring, generateKey, type Keyring, type SendMail } from 'plinth/kernel'

/** What accounts need from outside. */
export interface AccountSettings {
  /** Where people reach the shop. */
  readonly origin: string
  /** Seals the seeds of authenticator apps, and signs challenges. */
  readonly keys: Keyring
  /** Default: none, and nobody has to confirm an address. */
  readonly mail?: SendMail
  /** A provider to sign in with. Default: none. */
  readonly provider?: OidcOptions<'company'>
}

const TITLE = 'Flag shop'

export function accounts({ origin, keys, mail, provider }: AccountSettings = forTests()) {
  return auth({
    origin,
    keys,
    ...(mail && { mail }),
    factors: [
      password({ contextWords: ['flag', 'shop'] }),
      passkeys({ name: TITLE }),
      totp({ issuer: TITLE }),
      recoveryCodes(),
      ...(provider ? [oidc(provider)] : []),
    ],
    features: [
      account(),
      rememberedDevices(),
      ...(mail ? [emailChange()] : []),
      pages({
        title: TITLE,
        accent: '#7a2431',
        afterSignIn: '/account',
        footer: [{ text: 'What the shop offers to programs', href: '/reference' }],
      }),
    ],
  })
}

/** Keys for a shop that is gone tomorrow. */
function forTests(): AccountSettings {
  const keys = createKeyring({ current: 'one', keys: { one: generateKey() } })
  return { origin: 'http://localhost:3000', keys }
}
