import type { AuthorizationServer, ClientAuth } from 'oauth4webapi'

/** Whom a provider says that somebody is. */
export interface Profile {
  /** Who says it. */
  readonly issuer: string
  /** Whom it is said of: never given to another by this issuer. */
  readonly subject: string
  /** As it was told. */
  readonly email: string | null
  /** Whether the provider says that the person has proved to read that address. */
  readonly verified: boolean
  /** Whether the provider hands these addresses out itself, so that nobody knows better whose they are. */
  readonly authoritative: boolean
  readonly name: string | null
}

/** What a provider says of somebody, before anything is made of it. */
export type Claims = Readonly<Record<string, unknown>>

/** Asks a provider's user API, with the token of the person who signs in. */
export type AskApi = (url: string, headers?: Readonly<Record<string, string>>) => Promise<unknown>

/** What sets one provider apart from another. */
export interface ProviderSettings {
  /** The issuer, as its ID tokens and answers name it. */
  readonly issuer: string
  /** What is known without asking; otherwise it is discovered at the issuer. */
  readonly metadata?: Partial<AuthorizationServer>
  /** For one issuer a tenant: turns the claims of a token that is not believed yet into whom it must be of. */
  readonly tenantIssuer?: (claims: Claims) => string | undefined
  readonly scopes: readonly string[]
  /** How the client's secret is sent. Default: as the provider's metadata says. */
  readonly clientAuth?: 'basic' | 'post'
  /** Default true. False for a provider that refuses a request with a verifier. */
  readonly pkce?: boolean
  /** Default true. False for a provider that leaves the nonce out of its ID tokens. */
  readonly nonce?: boolean
  /** Whether the answer comes as a form from the provider's page. Default false. */
  readonly formPost?: boolean
  /** Fields of the authorization request beside those of the protocol. */
  readonly authorization?: Readonly<Record<string, string>>
  /** For OAuth without OpenID Connect: asks who it is. */
  readonly askWho?: (ask: AskApi, token: { value: string; secret: string }) => Promise<Claims>
  /** Whether the address is one that the person has proved to read. Default: the claim `email_verified`. */
  readonly isVerified?: (claims: Claims) => boolean
  /** Whether the provider hands out addresses of this domain itself. Default: never. */
  readonly handsOut?: (domain: string, claims: Claims) => boolean
  /** Whether this person is one of those who may sign in here. Default: all are. */
  readonly admits?: (claims: Claims) => boolean
}

/** A provider with a team's client, checked and ready to be used. */
export interface Provider extends ProviderSettings {
  readonly name: string
  readonly clientId: string
  /** What the client's secret is now. */
  readonly secret: (now: number) => Promise<string> | string
  /** Undefined when the metadata decides. */
  readonly authenticate: ((secret: string) => ClientAuth) | undefined
  readonly maxAge: number | undefined
  readonly makesAccounts: boolean
  readonly keepsTokens: boolean
  readonly pages: ProviderPages
}

/** Where browsers are led when a provider has answered. */
export interface ProviderPages {
  /** Where the second factor is asked for. Default `/sign-in/second-factor`. */
  readonly secondFactor: string
  /** Where a sign-in that failed goes, with `error`, a code. Default `/sign-in`. */
  readonly signIn: string
  /** Where linking that failed goes, with `error`, a code. Default `/account/providers`. */
  readonly account: string
  /** Where a sign-in goes that came from nowhere else. Default `/`. */
  readonly home: string
}
