import type { Sources } from '../types/compile.ts'

/** The same small app, with passwords alone and with every part switched on; each emits its declarations. */
export const projects: Readonly<Record<'core' | 'ours', Sources>> = {
  core: sourcesOf('[password()]', '[]', "import { auth, password } from 'plinth/auth'"),
  ours: sourcesOf(
    `[
    password(),
    magicLink(),
    emailCode(),
    smsCode(),
    totp(),
    recoveryCodes(),
    passkeys(),
    google({ clientId: 'id', clientSecret: 'secret' }),
    github({ clientId: 'id', clientSecret: 'secret' }),
    oidc({ name: 'own', issuer: 'https://id.example', clientId: 'id' }),
  ]`,
    `[
    refreshTokens(),
    apiKeys(),
    serviceTokens({ audiences: ['https://api.example'] }),
    account(),
    staff(),
    rememberedDevices(),
    emailChange(),
    pages(),
  ]`,
    `import {
  account,
  apiKeys,
  auth,
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
} from 'plinth/auth'
import { github, google, oidc } from 'plinth/auth/oauth'
import { pages } from 'plinth/auth/pages'
import { passkeys } from 'plinth/auth/passkeys'
import { serviceTokens } from 'plinth/auth/service-tokens'`,
  ),
}

function sourcesOf(factors: string, features: string, imports: string): Sources {
  return {
    'app.ts': `${imports}
import { type Backend, backend } from 'plinth'
import { consoleMail, consoleText } from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { createKeyring, generateKey } from 'plinth/kernel'

export const accounts = auth({
  factors: ${factors},
  features: ${features},
  origin: 'https://app.example',
  keys: createKeyring({ current: 'a', keys: { a: generateKey() } }),
  mail: consoleMail(),
  text: consoleText(),
})
export const app = await backend({ data: sqlite(':memory:', []), auth: accounts })
export type App = typeof app
export const same: Backend = app
`,
    'caller.ts': `import { client } from 'plinth/client'
import type { App } from './app.ts'

const api = client<App>('https://app.example')
const entered = await api.auth.signIn({ body: { email: 'a@b.example', password: 'c' } })
export const token: string | undefined = entered.status === 200 ? entered.body.token : undefined
`,
  }
}
