import type { PasskeyCreationOptions, PasskeyRequestOptions } from 'plinth/auth/passkeys'
import { ADA, type Answer, type AuthApp, enter, type Sent } from '../auth-app.ts'
import { type Authenticator, createAuthenticator, type Deviation } from './authenticator.ts'

type Headers = Readonly<Record<string, string>>

/** Sends JSON as a program that has signed in with the headers. */
export function post(
  app: AuthApp,
  path: string,
  { json = undefined, headers = {} }: { json?: unknown; headers?: Headers } = {},
): Promise<Answer> {
  const init: Sent = { method: 'POST', headers, ...(json !== undefined && { json }) }
  return app.send(path, init)
}

export async function creationOptions(
  app: AuthApp,
  headers: Headers,
): Promise<PasskeyCreationOptions> {
  const { json } = await post(app, '/auth/passkeys/options', { headers })
  return json
}

export async function signInOptions(app: AuthApp): Promise<PasskeyRequestOptions> {
  return (await post(app, '/auth/sign-in/passkey/options')).json
}

/** Makes a passkey and sends it. */
export async function register(
  app: AuthApp,
  headers: Headers,
  authenticator: Authenticator,
  deviation: Deviation = {},
): Promise<Answer> {
  const options = await creationOptions(app, headers)
  const credential = await authenticator.create(options, deviation)
  return post(app, '/auth/passkeys', { json: { credential }, headers })
}

/** Signs in with a passkey, as a program does. */
export async function signInWith(
  app: AuthApp,
  authenticator: Authenticator,
  deviation: Deviation = {},
): Promise<Answer> {
  const credential = await authenticator.get(await signInOptions(app), deviation)
  return post(app, '/auth/sign-in/passkey', { json: { credential, transport: 'bearer' } })
}

/** Shows the password, and answers with what goes with the second factor. */
export async function showPassword(app: AuthApp, account: typeof ADA = ADA): Promise<string> {
  const json = { ...account, transport: 'bearer' }
  const { status, json: answered } = await post(app, '/auth/sign-in', { json })
  if (status !== 202) throw new Error(`no second factor was asked for: ${status}`)
  return answered.pending
}

export async function secondFactorOptions(
  app: AuthApp,
  pending: string | undefined,
  headers: Headers = {},
): Promise<PasskeyRequestOptions> {
  const path = '/auth/second-factor/passkey/options'
  return (await post(app, path, { json: { pending }, headers })).json
}

/** Shows a passkey after the password. */
export async function showPasskey(
  app: AuthApp,
  authenticator: Authenticator,
  { pending, ...deviation }: Deviation & { pending?: string } = {},
): Promise<Answer> {
  const half = pending ?? (await showPassword(app))
  const credential = await authenticator.get(await secondFactorOptions(app, half), deviation)
  const json = { credential, pending: half, transport: 'bearer' }
  return post(app, '/auth/second-factor/passkey', { json })
}

export function bearer({ json }: Answer): Headers {
  return { authorization: `Bearer ${json.token}` }
}

/** Somebody with a password, a session of it, and a passkey. */
export async function member(
  app: AuthApp,
  {
    account = ADA,
    ...options
  }: { account?: typeof ADA; counts?: boolean; credentialId?: string } = {},
) {
  const authenticator = await createAuthenticator(options)
  const { headers, user } = await enter(app, account)
  const added = await register(app, headers, authenticator)
  if (added.status !== 201) throw new Error(`no passkey was added: ${added.text}`)
  return { headers, user, authenticator, passkey: added.json }
}
