import type { Kit } from './page.ts'
import type { PagePath } from './settings.ts'

/** The pages of an account, in the order of its menu. */
const MENU = [
  ['/account', 'Account'],
  ['/account/email', 'Address'],
  ['/account/password', 'Password'],
  ['/account/passkeys', 'Passkeys'],
  ['/account/second-factor', 'Second factor'],
  ['/account/providers', 'Providers'],
  ['/account/phone', 'Phone'],
  ['/account/keys', 'API keys'],
  ['/account/sessions', 'Sessions'],
] as const satisfies readonly (readonly [PagePath, string])[]

/** The pages of an account that there are. */
export function accountPages(kit: Kit): { path: PagePath; name: string }[] {
  return MENU.filter(([path]) => kit.has(path)).map(([path, name]) => ({ path, name }))
}
