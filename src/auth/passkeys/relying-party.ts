import { misuse } from '../../kernel/index.ts'
import type { UserVerification } from './ceremonies.ts'

/** For whom passkeys are made, and what is asked of them. */
export interface RelyingParty {
  /** A domain: passkeys are good on it and below it, nowhere else. */
  readonly id: string
  /** What browsers call it to people. */
  readonly name: string
  /** Where they are used. From the configuration; what a request says does not count. */
  readonly origin: string
  readonly userVerification: UserVerification
}

const PLACE = 'passkeys({ rpId })'

/** Resolves the domain that passkeys are bound to. Throws `misuse` for one that browsers would refuse. */
export function resolveRpId(given: string | undefined, origin: string): string {
  const { hostname } = new URL(origin)
  if (/^\[|^[\d.]+$/.test(hostname)) {
    throw misuse(
      'auth({ origin })',
      `is "${origin}"; passkeys are bound to a domain: use http://localhost or a name`,
    )
  }
  const id = given === undefined ? hostname : given
  // One label alone, such as "com", is shared by everybody under it.
  if (id === hostname || (hostname.endsWith(`.${id}`) && id.includes('.'))) return id
  throw misuse(PLACE, `is ${JSON.stringify(given)}; expected "${hostname}" or a domain above it`)
}
