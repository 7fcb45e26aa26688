import * as v from 'valibot'
import type { Operation, Wire } from '../../http/index.ts'
import { isLocalPath } from '../pages/return-to.ts'
import type { AuthServices } from '../part.ts'
import type { Transport } from '../session/wire.ts'
import type { SignInOutput } from '../sign-in/wire.ts'
import type { OpenProvider } from './exchange.ts'
import type { Provider } from './provider.ts'

/** Where to go to sign in at a provider. */
export interface Departure {
  /** The provider's own page. */
  readonly url: string
  /** For `bearer`: to send as `OAuth-Binding` with the provider's answer. Browsers have it as a cookie. */
  readonly binding?: string | undefined
}

/** An identity of the caller, as they know it. */
export interface IdentityView {
  /** The name of the provider here. */
  readonly provider: string
  /** The address that the provider knows, if it told. */
  readonly email: string | null
  readonly createdAt: Date
  readonly usedAt: Date
}

/** What one provider offers. */
export interface OneProvider {
  /** `POST /auth/oauth/NAME/start`: begins a sign-in. */
  readonly start: Operation<
    { body: { returnTo?: string | undefined; transport?: Transport | undefined } },
    { 200: Wire<Departure> }
  >
  /**
   * `GET /auth/oauth/NAME/callback`: takes the provider's answer. Browsers are led on (303): to where they
   * wanted to go, to the second factor, or with `error` to the page that they came from. Programs that send
   * `OAuth-Binding` are answered like on any way in.
   */
  readonly callback: Operation<
    Record<never, never>,
    SignInOutput & { 204: undefined; 303: undefined }
  >
  /** `POST /auth/oauth/NAME/link`: begins to link the provider to the caller's account. */
  readonly link: Operation<{ body: { returnTo?: string | undefined } }, { 200: Wire<Departure> }>
  /** `DELETE /auth/oauth/NAME`: unlinks the provider, and ends the caller's other sessions. */
  readonly unlink: Operation<Record<never, never>, { 204: undefined }>
}

/** A provider that answers by a form, such as Apple. */
export interface FormProvider extends OneProvider {
  /** `POST /auth/oauth/NAME/callback`: hands the provider's form on to `callback`. */
  readonly callbackForm: Operation<unknown, { 303: undefined }>
}

/** What the factor of a provider offers, under the provider's name. */
export type ProviderOperations<Name extends string = string, One = OneProvider> = {
  readonly [Key in Name]: One
} & {
  readonly identities: {
    /** `GET /auth/identities`: the identities that are linked to the caller's account. */
    readonly list: Operation<Record<never, never>, { 200: Wire<{ items: IdentityView[] }> }>
  }
}

/** What the handlers of a provider work with. */
export interface OAuthServices extends AuthServices {
  readonly provider: Provider
  readonly open: OpenProvider
}

/** A place of the application itself to go on to. */
export const returnToSchema: v.GenericSchema<string | undefined> = v.optional(
  v.pipe(
    v.string(),
    v.check(
      (path: string) => isLocalPath(path),
      'Expected a path of this application, such as /orders.',
    ),
  ),
)

/** Where a provider's operations are. */
export function pathOf({ name }: Pick<Provider, 'name'>): string {
  return `/auth/oauth/${name}`
}
