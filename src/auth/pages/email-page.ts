import { html } from '../../http/index.ts'
import { formView } from './form-view.ts'
import type { Kit, Page } from './page.ts'

/** The page where the address of an account is changed, or proved to be read. */
export function emailPage(kit: Kit, changeEmail: NonNullable<Kit['offers']['changeEmail']>): Page {
  return {
    path: '/account/email',
    title: 'Your e-mail address',
    account: 'Address',
    forms: {
      change: {
        fields: [{ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email' }],
        submit: 'Send a link',
        async send(visit, { email }) {
          await visit.ask(changeEmail, { body: { email: email as string } })
          return { to: kit.href('/account/email', { done: 'email-sent' }) }
        },
      },
    },
    async show(visit) {
      const { user } = (await visit.ask(kit.offers.session, {})).body
      return {
        content: html`<p>It is <strong>${user.email}</strong>. Write another, or the same to confirm it: the link that is sent there changes it.</p>
${formView(visit, 'change')}`,
      }
    },
  }
}
