import { html } from '../../http/index.ts'
import { formView } from './form-view.ts'
import type { Kit, Page } from './page.ts'

/** The first page of an account: whose it is, and the way out. */
export function accountPage(kit: Kit): Page {
  const { session, signOut } = kit.offers
  return {
    path: '/account',
    title: 'Your account',
    account: 'Account',
    forms: {
      leave: {
        fields: [],
        submit: 'Sign out',
        look: 'quiet',
        send: async (visit) => {
          await visit.ask(signOut, {})
          return { to: kit.href('/sign-in', { done: 'signed-out' }) }
        },
      },
    },
    async show(visit) {
      const { user } = (await visit.ask(session, {})).body
      return {
        content: html`<dl><dt>E-mail address</dt><dd>${user.email}</dd>
${user.name !== null && html`<dt>Name</dt><dd>${user.name}</dd>`}</dl>
<div class="row">${formView(visit, 'leave')}</div>`,
      }
    },
  }
}
