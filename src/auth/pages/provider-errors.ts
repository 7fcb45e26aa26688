/** What went wrong with a provider, by the names that its answer leads back with: nobody else's words. */
const WORDS: Readonly<Record<string, string>> = {
  invalid_token: 'This sign-in was begun elsewhere, or is no longer good. Begin again.',
  provider_denied: 'The provider did not confirm who you are.',
  provider_failed: 'The provider cannot be used now. Try another way.',
  email_unverified:
    'The provider does not vouch for an e-mail address of yours. Sign up another way, and link it.',
  account_exists:
    'There is an account with this e-mail address. Sign in to it, and link the provider there.',
  already_linked:
    'That identity belongs to another account, or yours has another at this provider.',
  no_account: 'There is no account for this yet, and none is made this way.',
  banned: 'This account is closed for now.',
  unauthenticated: 'Your session has ended. Begin again.',
  last_way_in: 'This is the only way into the account. Add another first.',
}
const OTHER = 'That did not work. Begin again, or take another way.'

/** Says what an answer of a provider led back with. */
export function providerError(code: string): string {
  return Object.hasOwn(WORDS, code) ? (WORDS[code] ?? OTHER) : OTHER
}
