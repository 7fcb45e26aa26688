import type { Operation, Wire } from '../../http/index.ts'
import type { Transport } from '../session/wire.ts'
import type { SignInOutput } from '../sign-in/wire.ts'

/** What a code is sent for: to be sent back together with it. */
export interface CodeSent {
  /** Says which request a code answers. It opens nothing without the code. */
  readonly challenge: string
  readonly expiresAt: Date
}

/** What is sent back: the code, and which request it answers. */
export interface CodeAnswer {
  readonly challenge: string
  /** Six digits. */
  readonly code: string
}

type SignInByCode = Operation<
  { body: CodeAnswer & { transport?: Transport | undefined } },
  SignInOutput
>

/** What the factor `emailCode()` offers. */
export type EmailCodeOperations = {
  /** `POST /auth/email-code`: mails a code that signs in; answers alike whether or not it does. */
  readonly emailCode: Operation<
    { body: { email: string; name?: string | undefined } },
    { 202: Wire<CodeSent> }
  >
  /** `POST /auth/email-code/confirm`: signs in by a code; makes the account if there is none. */
  readonly confirmEmailCode: SignInByCode
}

/** A number that a user has proved to be reached at. */
export interface PhoneView {
  readonly id: string
  /** In E.164 form. */
  readonly number: string
  readonly verifiedAt: Date
}

/** What the factor `smsCode()` offers. */
export type SmsCodeOperations = {
  /** `POST /auth/sms-code`: texts a code that signs in; answers alike whether or not it does. */
  readonly smsCode: Operation<{ body: { number: string } }, { 202: Wire<CodeSent> }>
  /** `POST /auth/sms-code/confirm`: signs in by a code. */
  readonly confirmSmsCode: SignInByCode
  readonly phones: {
    /** `GET /auth/phones`: own numbers. */
    readonly list: Operation<Record<never, never>, { 200: Wire<{ items: PhoneView[] }> }>
    /** `POST /auth/phones`: texts a code to a number that is to be added. */
    readonly add: Operation<{ body: { number: string } }, { 202: Wire<CodeSent> }>
    /** `POST /auth/phones/confirm`: adds the number that the code was sent to. */
    readonly confirm: Operation<{ body: CodeAnswer }, { 201: Wire<PhoneView> }>
    /** `DELETE /auth/phones/:id`: takes a number away, if another way in is left. */
    readonly remove: Operation<{ params: { id: string } }, { 204: undefined }>
  }
}
