import type { Operation } from '../../http/index.ts'

/** A passkey, as its owner's list shows it. */
export interface ListedPasskey {
  readonly id: string
  readonly name: string
  /** Whether it is kept on several devices or in an account. */
  readonly backedUp: boolean
  readonly createdAt: string
  readonly lastUsedAt: string | null
}

/** The two steps of a ceremony, which the script of the page takes: it needs to know where they are. */
interface Ceremony {
  readonly options: Operation
  readonly confirm: Operation
}

/** As much of what passkeys offer as pages use. */
export interface PasskeyOffers {
  readonly passkeys: {
    readonly list: Operation<Record<never, never>, { 200: { items: ListedPasskey[] } }>
    readonly registrationOptions: Operation
    readonly register: Operation
    readonly rename: Operation<{ params: { id: string }; body: { name: string } }, { 200: unknown }>
    readonly remove: Operation<{ params: { id: string } }, { 204: undefined }>
  }
  readonly passkeySignIn: Ceremony
  readonly passkeySecondFactor: Ceremony
}
