import { PlinthError } from '../kernel/index.ts'

/**
 * The codes of the errors that the auth module throws.
 *
 * - `wrong_credentials` (401): the account or the password, without telling which.
 * - `unauthenticated` (401): the session ended while the request ran.
 * - `insufficient_authentication` (401): signed in, but too long ago or without the second factor.
 * - `wrong_code` (401): a code that is wrong, spent or over.
 * - `wrong_passkey` (401): a passkey, or its answer to the challenge, that is not accepted.
 * - `passkey_refused` (400): what a browser made is no passkey that can be added.
 * - `too_many_passkeys` (409): an account has as many as it may.
 * - `phone_taken` (409): the number belongs to another account.
 * - `too_many_phones` (409): an account has as many numbers as it may.
 * - `too_many_keys` (409): an owner has as many API keys as there may be.
 * - `invalid_token` (400): a link that is wrong, spent or over.
 * - `banned` (403): the account is closed for now.
 * - `denied` (403): staff may not do this to this user; nobody gets a signed token for somebody else.
 * - `captcha_failed` (403): the CAPTCHA does not take the caller for a person.
 * - `provider_denied` (403): the sign-in provider did not confirm who it is.
 * - `email_unverified` (403): the provider does not vouch for an address, so there is no account to make.
 * - `no_account` (403): nobody has linked this identity, and the provider makes no accounts.
 * - `account_exists` (409): another account has the address; sign in to it and link the provider.
 * - `already_linked` (409): the identity is another account's, or the account has another at this provider.
 * - `captcha_unavailable` (503): the CAPTCHA's service does not answer.
 * - `last_way_in` (409): the only way into the account is not taken away.
 * - `account_in_use` (409): an account is not deleted while rows refer to it that it does not take along.
 * - `invalid_input` (422): a new password that is too easy to guess, or a permission given away that one does
 *   not have; `issues` says why.
 * - `not_found` (404): no such session, factor, device or user, or another user's.
 * - `rate_limited` (429): too many attempts; `Retry-After` says for how long.
 * - `overloaded` (503): more passwords to hash than the machine can; `Retry-After` says when to ask again.
 * - `provider_failed` (503): the provider does not answer, or not as it should.
 * - `keys_unreachable` (503): the keys that signed tokens are verified with cannot be fetched.
 * - `misuse`: a mistake in code.
 */
export type AuthErrorCode =
  | 'wrong_credentials'
  | 'unauthenticated'
  | 'insufficient_authentication'
  | 'wrong_code'
  | 'wrong_passkey'
  | 'passkey_refused'
  | 'too_many_passkeys'
  | 'phone_taken'
  | 'too_many_phones'
  | 'too_many_keys'
  | 'invalid_token'
  | 'banned'
  | 'denied'
  | 'captcha_failed'
  | 'provider_denied'
  | 'email_unverified'
  | 'no_account'
  | 'account_exists'
  | 'already_linked'
  | 'captcha_unavailable'
  | 'last_way_in'
  | 'account_in_use'
  | 'invalid_input'
  | 'not_found'
  | 'rate_limited'
  | 'overloaded'
  | 'provider_failed'
  | 'keys_unreachable'
  | 'misuse'

type AuthError<Code extends AuthErrorCode> = PlinthError<Code>

/** RFC 9110 section 11.6.1: a 401 names a way to authenticate. */
const CHALLENGE = { 'www-authenticate': 'Bearer' }

export function wrongCredentials(): AuthError<'wrong_credentials'> {
  return new PlinthError('wrong_credentials', 'The e-mail address or the password is wrong.', {
    status: 401,
    headers: CHALLENGE,
  })
}

export function sessionEnded(): AuthError<'unauthenticated'> {
  return new PlinthError('unauthenticated', 'Sign in to use this.', {
    status: 401,
    headers: CHALLENGE,
  })
}

/** One answer for a code that is wrong, spent, over, or for something else. */
export function wrongCode(): AuthError<'wrong_code'> {
  return new PlinthError('wrong_code', 'The code is wrong or no longer good.', {
    status: 401,
    headers: CHALLENGE,
  })
}

/** One answer for whatever is wrong with a passkey or with what it signed. */
export function wrongPasskey(): AuthError<'wrong_passkey'> {
  return new PlinthError('wrong_passkey', 'This passkey was not accepted. Try again.', {
    status: 401,
    headers: CHALLENGE,
  })
}

/** One answer for whatever keeps a passkey from being added. */
export function passkeyRefused(): AuthError<'passkey_refused'> {
  return new PlinthError('passkey_refused', 'This passkey could not be added. Try again.', {
    status: 400,
  })
}

/** One answer for a link that is wrong, spent, over, or for something else. */
export function invalidToken(): AuthError<'invalid_token'> {
  return new PlinthError(
    'invalid_token',
    'This link is wrong or no longer good. Ask for another.',
    {
      status: 400,
    },
  )
}

export function weakPassword(message: string): AuthError<'invalid_input'> {
  return new PlinthError('invalid_input', 'The password is too easy to guess.', {
    status: 422,
    details: { issues: [{ path: 'body.password', message }] },
  })
}

/** Another browser confirms than the one that signed up: it has to know the password. */
export function passwordNeeded(): AuthError<'invalid_input'> {
  const message = 'Enter the password that you signed up with.'
  return new PlinthError('invalid_input', message, {
    status: 422,
    details: { issues: [{ path: 'body.password', message }] },
  })
}

/** Told to who holds the number alone. */
export function phoneTaken(): AuthError<'phone_taken'> {
  const message = 'This number belongs to another account. Remove it there first.'
  return new PlinthError('phone_taken', message, { status: 409 })
}

export function tooManyPhones(): AuthError<'too_many_phones'> {
  const message = 'The account has as many numbers as it may. Remove one first.'
  return new PlinthError('too_many_phones', message, { status: 409 })
}

/** What is wrong with one value of the body that no schema knows. */
export function invalidInput(at: string, message: string): AuthError<'invalid_input'> {
  return new PlinthError('invalid_input', 'The request is not valid.', {
    status: 422,
    details: { issues: [{ path: `body.${at}`, message }] },
  })
}

/** `seconds` until another attempt can succeed, rounded up. */
export function rateLimited(seconds: number): AuthError<'rate_limited'> {
  return new PlinthError('rate_limited', 'Too many attempts. Try again later.', {
    status: 429,
    headers: { 'retry-after': String(Math.max(1, Math.ceil(seconds))) },
  })
}

export function overloaded(seconds: number): AuthError<'overloaded'> {
  return new PlinthError('overloaded', 'Too many sign-ins at once. Try again shortly.', {
    status: 503,
    headers: { 'retry-after': String(seconds) },
  })
}

/** One answer for a session, factor or device that does not exist and for one of somebody else. */
export function sessionNotFound(): AuthError<'not_found'> {
  return new PlinthError('not_found', 'There is nothing here.', { status: 404 })
}

/** The names of the tables are nobody's business; the log has them as the cause. */
export function accountInUse(cause: unknown): AuthError<'account_in_use'> {
  const message = 'The account cannot be deleted while something still belongs to it.'
  return new PlinthError('account_in_use', message, { status: 409, cause })
}

/** What a permission does not reach: oneself, or somebody who may do more. */
export function outOfReach(): AuthError<'denied'> {
  return new PlinthError('denied', 'You may not do this to this user.', { status: 403 })
}
