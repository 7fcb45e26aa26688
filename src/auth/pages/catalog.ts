import { accountPage } from './account-page.ts'
import { codePage } from './code-page.ts'
import { deletePage } from './delete-page.ts'
import { emailConfirmPage } from './email-confirm-page.ts'
import { emailPage } from './email-page.ts'
import { factorsPage } from './factors-page.ts'
import { keysPage } from './keys-page.ts'
import { linkPage } from './link-page.ts'
import type { Offers } from './offers.ts'
import type { Kit, Page } from './page.ts'
import { passkeysPage } from './passkeys-page.ts'
import { passwordPage } from './password-page.ts'
import { phonePage } from './phone-page.ts'
import { providersPage } from './providers-page.ts'
import { resetConfirmPage } from './reset-confirm-page.ts'
import { resetPage } from './reset-page.ts'
import { secondFactorPage } from './second-factor-page.ts'
import { sessionsPage } from './sessions-page.ts'
import type { PagePath } from './settings.ts'
import { signInPage } from './sign-in-page.ts'
import { signUpConfirmPage } from './sign-up-confirm-page.ts'
import { signUpPage } from './sign-up-page.ts'

/** What there has to be for a page, and what makes it. */
interface Entry {
  readonly needs: (offers: Offers) => unknown
  readonly create: (kit: Kit) => Page
}

/** Lists a page that is there when something is offered. */
function entry<Needed>(
  needs: (offers: Offers) => Needed | undefined,
  create: (kit: Kit, needed: Needed) => Page,
): Entry {
  return { needs, create: (kit) => create(kit, needs(kit.offers) as Needed) }
}

/** Every page, and the operation without which it makes no sense. */
export const catalog: Readonly<Record<PagePath, Entry>> = {
  '/sign-in': entry(({ session }) => session, signInPage),
  '/sign-in/link': entry(({ magicLink }) => magicLink, linkPage),
  '/sign-in/code': entry(({ emailCode, smsCode }) => emailCode ?? smsCode, codePage),
  '/sign-in/second-factor': entry(hasSecondFactor, secondFactorPage),
  '/sign-up': entry(({ signUp }) => signUp, signUpPage),
  '/sign-up/confirm': entry(({ confirmSignUp }) => confirmSignUp, signUpConfirmPage),
  '/reset': entry(({ reset }) => reset, resetPage),
  '/reset/confirm': entry(({ confirmReset }) => confirmReset, resetConfirmPage),
  '/account': entry(({ session }) => session, accountPage),
  '/account/password': entry(({ changePassword }) => changePassword, passwordPage),
  '/account/passkeys': entry(({ passkeys }) => passkeys, passkeysPage),
  '/account/second-factor': entry(hasFactorToAdd, factorsPage),
  '/account/providers': entry(({ identities }) => identities, providersPage),
  '/account/phone': entry(({ phones }) => phones, phonePage),
  '/account/keys': entry(({ apiKeys }) => apiKeys, keysPage),
  '/account/email': entry(({ changeEmail }) => changeEmail, emailPage),
  '/account/email/confirm': entry(({ confirmEmail }) => confirmEmail, emailConfirmPage),
  '/account/delete': entry(({ account }) => account, deletePage),
  '/account/sessions': entry(({ sessions }) => sessions, sessionsPage),
}

/** Whether any second factor may be asked for. */
function hasSecondFactor({ passkeySecondFactor, totp, recoveryCodes }: Offers): unknown {
  return passkeySecondFactor ?? totp ?? recoveryCodes
}

function hasFactorToAdd({ totp, recoveryCodes, devices }: Offers): unknown {
  return totp ?? recoveryCodes ?? devices
}
