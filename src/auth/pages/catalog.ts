import { accountPage } from './account-page.ts'
import type { Offers } from './offers.ts'
import type { Kit, Page } from './page.ts'
import { passwordPage } from './password-page.ts'
import { sessionsPage } from './sessions-page.ts'
import type { PagePath } from './settings.ts'
import { signInPage } from './sign-in-page.ts'
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
export const catalog: Readonly<Partial<Record<PagePath, Entry>>> = {
  '/sign-in': entry(({ session }) => session, signInPage),
  '/sign-up': entry(({ signUp }) => signUp, signUpPage),
  '/account': entry(({ session }) => session, accountPage),
  '/account/password': entry(({ changePassword }) => changePassword, passwordPage),
  '/account/sessions': entry(({ sessions }) => sessions, sessionsPage),
}
