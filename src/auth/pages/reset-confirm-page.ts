import { html } from '../../http/index.ts'
import { NEW_PASSWORD } from './fields.ts'
import { formView } from './form-view.ts'
import { tokenOf, withoutToken } from './link-token.ts'
import { onward } from './onward.ts'
import type { Kit, Page } from './page.ts'

/** The page that the link of a reset leads to. */
export function resetConfirmPage(
  kit: Kit,
  confirmReset: NonNullable<Kit['offers']['confirmReset']>,
): Page {
  return {
    path: '/reset/confirm',
    title: 'Choose a new password',
    forms: {
      password: {
        fields: [NEW_PASSWORD],
        submit: 'Set the password and sign in',
        async send(visit, { password }) {
          const body = { token: tokenOf(visit), password: password as string }
          return onward(visit, await visit.ask(confirmReset, { body }))
        },
      },
    },
    show(visit) {
      const dead = withoutToken(visit, kit.href('/reset'))
      if (dead) return dead
      return {
        content: html`<p class="soft">All sessions are ended with it, on every device.</p>
${formView(visit, 'password', { hidden: { token: tokenOf(visit) } })}`,
      }
    },
  }
}
