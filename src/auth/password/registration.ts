import type { Incoming } from '../../http/index.ts'
import type { Scope } from '../../kernel/index.ts'
import type { Accepted } from '../secrets/wire.ts'

/** Somebody who signs up, with a password that is hashed. */
export interface Registration {
  readonly email: string
  readonly name: string | null
  readonly hash: string
  readonly incoming: Incoming
}

/** Takes a registration, and answers alike whether or not the address was free. */
export type Register = (
  registration: Registration,
  scope: Scope,
) => Promise<{
  readonly status: 202
  readonly headers?: Record<string, string>
  readonly body: Accepted
}>
