/** Where and when something happened, for the reader to recognise or not. */
export interface Occasion {
  readonly at: Date
  /** The IP address it was done from, where the runtime can tell. */
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

/** What can be changed about how an account is entered. */
export type SecurityChange =
  | 'password changed'
  | 'password reset'
  | 'e-mail address changed'
  | 'passkey added'
  | 'passkey removed'
  | 'authenticator app added'
  | 'authenticator app removed'
  | 'recovery codes made anew'
  | 'recovery code used'
  | 'sign-in provider linked'
  | 'sign-in provider unlinked'
  | 'phone number added'
  | 'phone number removed'
  | 'API key made'
  | 'a program was signed out: its used refresh token came again'

/** What a person is told, and what they need for the next step. */
export type Notice =
  /** Finish signing up: the link confirms the address. */
  | { readonly kind: 'sign-up'; readonly link: string; readonly minutes: number }
  /** Somebody signed up with an address that has an account. */
  | { readonly kind: 'sign-up-known'; readonly occasion: Occasion }
  /** Confirm a new address of an account. */
  | { readonly kind: 'confirm-email'; readonly link: string; readonly minutes: number }
  | { readonly kind: 'reset'; readonly link: string; readonly minutes: number }
  | { readonly kind: 'magic-link'; readonly link: string; readonly minutes: number }
  | { readonly kind: 'code'; readonly code: string; readonly minutes: number }
  | { readonly kind: 'new-device'; readonly occasion: Occasion }
  | { readonly kind: 'changed'; readonly change: SecurityChange; readonly occasion: Occasion }
  | { readonly kind: 'deleted'; readonly occasion: Occasion }

/** The words of a notice. */
export interface ComposedMail {
  readonly subject: string
  readonly text: string
  /** Default: the text alone. */
  readonly html?: string
}

/** Puts a notice into words. */
export type Compose = (notice: Notice) => ComposedMail

const NOT_YOU = 'If this was not you, reset your password and look at your sessions.'
const IGNORE = 'If you did not ask for this, do nothing: nobody gets in without it.'

/** The words that are used unless `auth({ compose })` says otherwise. */
export const composeNotice: Compose = (notice) => {
  switch (notice.kind) {
    case 'sign-up':
      return link('Confirm your address', 'To finish signing up, open', notice)
    case 'sign-up-known':
      return {
        subject: 'You already have an account',
        text: `Somebody tried to sign up with this address, which has an account. If it was you, sign in, or reset your password. ${told(notice.occasion)}`,
      }
    case 'confirm-email':
      return link('Confirm your new address', 'To use this address for your account, open', notice)
    case 'reset':
      return link('Reset your password', 'To choose a new password, open', notice)
    case 'magic-link':
      return link('Your sign-in link', 'To sign in, open', notice)
    case 'code':
      return {
        subject: `${notice.code} is your code`,
        text: `Your code is ${notice.code}. It is good for ${notice.minutes} minutes, once. Give it to nobody. ${IGNORE}`,
      }
    case 'new-device':
      return {
        subject: 'New sign-in to your account',
        text: `Your account was signed in to from a device that was not used before. ${told(notice.occasion)} ${NOT_YOU}`,
      }
    case 'changed':
      return {
        subject: `Your account: ${notice.change}`,
        text: `This changed in your account: ${notice.change}. ${told(notice.occasion)} ${NOT_YOU}`,
      }
    case 'deleted':
      return {
        subject: 'Your account was deleted',
        text: `Your account was deleted, as was asked for. ${told(notice.occasion)}`,
      }
  }
}

function link(
  subject: string,
  what: string,
  notice: { readonly link: string; readonly minutes: number },
): ComposedMail {
  const { link, minutes } = notice
  return { subject, text: `${what} this link within ${minutes} minutes:\n\n${link}\n\n${IGNORE}` }
}

function told({ at, address = 'unknown', userAgent = 'unknown' }: Occasion): string {
  return `Time: ${at.toISOString()}. Address: ${address}. Program: ${userAgent}.`
}
