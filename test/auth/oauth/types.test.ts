import { type AuthOperations, auth, password } from 'plinth/auth'
import { type apple, google, oidc } from 'plinth/auth/oauth'
import { expectTypeOf, it } from 'vitest'
import { CLIENT } from './fake-provider.ts'

const accounts = auth({
  origin: 'https://app.test',
  factors: [
    password(),
    google(CLIENT),
    oidc({ name: 'corp', issuer: 'https://id.example', ...CLIENT }),
  ],
})
type Operations = AuthOperations<typeof accounts>

it('names the operations of each provider after it', () => {
  expectTypeOf<Operations>().toHaveProperty('google').toHaveProperty('start')
  expectTypeOf<Operations>().toHaveProperty('corp').toHaveProperty('unlink')
  expectTypeOf<Operations>().toHaveProperty('identities').toHaveProperty('list')
  expectTypeOf<Operations>().toHaveProperty('signIn')
  expectTypeOf<Operations>().not.toHaveProperty('github')
  expectTypeOf<Operations['google']>().not.toHaveProperty('callbackForm')
  type Apple = NonNullable<ReturnType<ReturnType<typeof apple>['open']>['operations']>
  expectTypeOf<Apple['apple']>().toHaveProperty('callbackForm')
})
