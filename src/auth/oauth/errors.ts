import { PlinthError } from '../../kernel/index.ts'

/** One answer for an answer of a provider that nobody waits for, that came twice, or elsewhere. */
export function flowEnded(): PlinthError<'invalid_token'> {
  return new PlinthError(
    'invalid_token',
    'This sign-in was begun elsewhere, or is no longer good. Begin again.',
    { status: 400 },
  )
}

/** The person, or the provider for them, said no. */
export function providerDenied(): PlinthError<'provider_denied'> {
  return new PlinthError('provider_denied', 'The provider did not confirm who you are.', {
    status: 403,
  })
}

/**
 * The provider's answer cannot be had or believed. The cause says why, for the log alone; what libraries
 * hang on theirs, such as claims and tokens, is left behind.
 */
export function providerFailed(error: unknown): PlinthError<'provider_failed'> {
  const reason = error instanceof Error ? error.message : 'unknown'
  return new PlinthError('provider_failed', 'The provider cannot be used now. Try another way.', {
    status: 503,
    cause: new Error(reason),
  })
}

export function emailUnverified(): PlinthError<'email_unverified'> {
  return new PlinthError(
    'email_unverified',
    'The provider does not vouch for an e-mail address of yours. Sign up another way, and link it.',
    { status: 403 },
  )
}

export function noAccount(): PlinthError<'no_account'> {
  return new PlinthError(
    'no_account',
    'No account is linked to this identity. Sign in another way, and link it.',
    { status: 403 },
  )
}

export function accountExists(): PlinthError<'account_exists'> {
  return new PlinthError(
    'account_exists',
    'There is an account with this e-mail address. Sign in to it, and link the provider there.',
    { status: 409 },
  )
}

export function alreadyLinked(): PlinthError<'already_linked'> {
  return new PlinthError(
    'already_linked',
    'That identity belongs to another account, or yours has another at this provider.',
    { status: 409 },
  )
}

export function notLinked(): PlinthError<'not_found'> {
  return new PlinthError('not_found', 'There is nothing here.', { status: 404 })
}
