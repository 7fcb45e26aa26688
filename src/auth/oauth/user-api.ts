import type { Ask } from './outgoing.ts'
import { toProfile } from './profile.ts'
import type { AskApi, Profile, Provider } from './provider.ts'

/** Asks the user API of a provider that gives no ID token, with the access token it gave. */
export async function askUserApi(
  provider: Provider,
  accessToken: string,
  { ask, now }: { readonly ask: Ask; readonly now: number },
): Promise<Profile> {
  const get: AskApi = async (url, headers = {}) => {
    const authorization = `Bearer ${accessToken}`
    const sent = { accept: 'application/json', ...headers, authorization }
    const response = await ask(url, { headers: sent })
    if (response.status !== 200) throw new Error(`the user API answers ${response.status}`)
    return response.json()
  }
  const secret = await provider.secret(now)
  const claims = await provider.askWho?.(get, { value: accessToken, secret })
  return toProfile({ ...claims, iss: provider.issuer }, provider)
}
