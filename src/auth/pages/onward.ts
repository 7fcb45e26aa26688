import type { Redirect, Visit } from './page.ts'

/**
 * Leads on after a way in: to the second factor where one is asked for, and else to where people wanted to
 * go.
 */
export function onward(
  { kit, returnTo }: Visit,
  { status }: { readonly status: number },
): Redirect {
  if (status === 202) return { to: kit.href('/sign-in/second-factor', { returnTo }) }
  return { to: returnTo ?? kit.settings.afterSignIn }
}
