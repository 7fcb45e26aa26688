import type { Operation, Wire } from '../../http/index.ts'
import type { AuthServices } from '../part.ts'
import type { IssueKey } from './issue-key.ts'
import type { ApiKeyInput, ApiKeyView, NewApiKey, ServiceAccountView } from './wire.ts'

type Nothing = Record<never, never>
type Of<Id extends string> = { params: { [name in Id]: string } }

/** What the feature `apiKeys()` offers. */
export type ApiKeyOperations = {
  readonly apiKeys: {
    /** `GET /auth/api-keys`: the caller's keys, the latest first. */
    readonly list: Operation<Nothing, { 200: Wire<{ items: ApiKeyView[] }> }>
    /** `POST /auth/api-keys`: makes one. Needs a session of one's own that is fresh. */
    readonly create: Operation<{ body: ApiKeyInput }, { 201: Wire<NewApiKey> }>
    /** `DELETE /auth/api-keys/:id`: ends one. */
    readonly revoke: Operation<Of<'id'>, { 204: undefined }>
  }
  /** For those with the permission `service-accounts:manage`. */
  readonly serviceAccounts: {
    /** `GET /auth/service-accounts` */
    readonly list: Operation<Nothing, { 200: Wire<{ items: ServiceAccountView[] }> }>
    /** `POST /auth/service-accounts`: makes one, with permissions that the caller has. */
    readonly create: Operation<
      { body: { name: string; permissions: string[] } },
      { 201: Wire<ServiceAccountView> }
    >
    /** `POST /auth/service-accounts/:id/disable`: its keys open nothing any more. */
    readonly disable: Operation<Of<'id'>, { 200: Wire<ServiceAccountView> }>
    readonly keys: {
      /** `GET /auth/service-accounts/:id/keys` */
      readonly list: Operation<Of<'id'>, { 200: Wire<{ items: ApiKeyView[] }> }>
      /** `POST /auth/service-accounts/:id/keys` */
      readonly create: Operation<Of<'id'> & { body: ApiKeyInput }, { 201: Wire<NewApiKey> }>
      /** `DELETE /auth/service-accounts/:id/keys/:key` */
      readonly revoke: Operation<Of<'id' | 'key'>, { 204: undefined }>
    }
  }
}

/** What the handlers of this feature work with. */
export interface KeyServices extends AuthServices {
  readonly issueKey: IssueKey
  /** What keys may be limited to; undefined when they need not be. */
  readonly permissions: readonly string[] | undefined
}
