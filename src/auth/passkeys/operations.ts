import type { Operation, Wire } from '../../http/index.ts'
import type { AuthServices } from '../part.ts'
import type { Transport } from '../session/wire.ts'
import type { SignInOutput } from '../sign-in/wire.ts'
import type {
  PasskeyAssertion,
  PasskeyAttestation,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from './ceremonies.ts'
import type { RelyingParty } from './relying-party.ts'
import type { PasskeyView } from './wire.ts'

/** What the factor `passkeys()` offers. */
export type PasskeyOperations = {
  readonly passkeys: {
    /** `GET /auth/passkeys`: the caller's passkeys, the oldest first. */
    readonly list: Operation<Record<never, never>, { 200: Wire<{ items: PasskeyView[] }> }>
    /** `POST /auth/passkeys/options`: begins to add one. Good for 5 minutes, for this session. */
    readonly registrationOptions: Operation<
      Record<never, never>,
      { 200: Wire<PasskeyCreationOptions> }
    >
    /** `POST /auth/passkeys`: adds the one that the browser has made. */
    readonly register: Operation<
      { body: { credential: PasskeyAttestation; name?: string | undefined } },
      { 201: Wire<PasskeyView> }
    >
    /** `PATCH /auth/passkeys/:id`: calls it something else. */
    readonly rename: Operation<
      { params: { id: string }; body: { name: string } },
      { 200: Wire<PasskeyView> }
    >
    /** `DELETE /auth/passkeys/:id`: removes it and ends all other sessions. */
    readonly remove: Operation<{ params: { id: string } }, { 204: undefined }>
  }
  readonly passkeySignIn: {
    /** `POST /auth/sign-in/passkey/options`: the same for everybody but the challenge. */
    readonly options: Operation<Record<never, never>, { 200: Wire<PasskeyRequestOptions> }>
    /** `POST /auth/sign-in/passkey`: opens a session, ending the one that the request came with. */
    readonly confirm: Operation<
      { body: { credential: PasskeyAssertion; transport?: Transport | undefined } },
      SignInOutput
    >
  }
  readonly passkeySecondFactor: {
    /** `POST /auth/second-factor/passkey/options`: for who is half-way in, or signed in and stepping up. */
    readonly options: Operation<
      { body: { pending?: string | undefined } },
      { 200: Wire<PasskeyRequestOptions> }
    >
    /** `POST /auth/second-factor/passkey`: finishes the sign-in, or replaces the session by a fresh one. */
    readonly confirm: Operation<
      {
        body: {
          credential: PasskeyAssertion
          pending?: string | undefined
          remember?: boolean | undefined
          transport?: Transport | undefined
        }
      },
      SignInOutput
    >
  }
}

/** What the handlers of this factor work with. */
export interface PasskeyServices extends AuthServices {
  readonly party: RelyingParty
}
