import { html } from '../../http/index.ts'
import { NEW_PASSWORD, PASSWORD } from './fields.ts'
import { formView } from './form-view.ts'
import type { Kit, Page } from './page.ts'

/** The page where the password is changed. */
export function passwordPage(
  kit: Kit,
  changePassword: NonNullable<Kit['offers']['changePassword']>,
): Page {
  return {
    path: '/account/password',
    title: 'Change your password',
    account: 'Password',
    forms: {
      password: {
        fields: [{ ...PASSWORD, name: 'current', label: 'Current password' }, NEW_PASSWORD],
        submit: 'Change the password',
        async send(visit, { current, password }) {
          await visit.ask(changePassword, { body: { current, password } as never })
          return { to: kit.href('/account/password', { done: 'password-changed' }) }
        },
      },
    },
    async show(visit) {
      const { body } = await visit.ask(kit.offers.session, {})
      return {
        content: html`<p class="soft">All other sessions are ended with it.</p>
<!-- Tells password managers whose password it is. -->
<input type="email" value="${body.user.email}" autocomplete="username" hidden readonly>
${formView(visit, 'password')}`,
      }
    },
  }
}
