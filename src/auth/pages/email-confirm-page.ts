import { html } from '../../http/index.ts'
import { formView } from './form-view.ts'
import { tokenOf, withoutToken } from './link-token.ts'
import type { Kit, Page } from './page.ts'

/** The page that the link to a new address leads to. */
export function emailConfirmPage(
  kit: Kit,
  confirmEmail: NonNullable<Kit['offers']['confirmEmail']>,
): Page {
  return {
    path: '/account/email/confirm',
    title: 'Confirm your address',
    account: 'Address',
    forms: {
      confirm: {
        fields: [],
        submit: 'Use this address',
        async send(visit) {
          await visit.ask(confirmEmail, { body: { token: tokenOf(visit) } })
          return { to: kit.href('/account', { done: 'email-changed' }) }
        },
      },
    },
    show(visit) {
      const dead = withoutToken(visit, kit.href('/account/email'))
      if (dead) return dead
      return {
        content: html`<p>From now on you sign in with the address that this link was sent to.</p>
${formView(visit, 'confirm', { hidden: { token: tokenOf(visit) } })}`,
      }
    },
  }
}
