import {
  type AuthorizationServer,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  None,
} from 'oauth4webapi'
import type { Provider } from './provider.ts'

/** Chooses how the client shows who it is: as it was told to, else as the provider's metadata says. */
export async function authenticationOf(
  provider: Provider,
  server: AuthorizationServer,
  now: number,
): Promise<ClientAuth> {
  const secret = await provider.secret(now)
  if (secret === '') return None()
  if (provider.authenticate) return provider.authenticate(secret)
  const methods = server.token_endpoint_auth_methods_supported
  const basic = methods === undefined || methods.includes('client_secret_basic')
  return basic ? ClientSecretBasic(secret) : ClientSecretPost(secret)
}
