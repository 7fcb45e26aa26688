import { html } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { formView } from './form-view.ts'
import type { Kit, Page } from './page.ts'

const SURE = 'Delete my account and all that belongs to it'

/** The page where an account is deleted, which takes one click more than the others. */
export function deletePage(kit: Kit, account: NonNullable<Kit['offers']['account']>): Page {
  return {
    path: '/account/delete',
    title: 'Delete your account',
    account: 'Delete',
    forms: {
      delete: {
        fields: [{ name: 'sure', label: SURE, type: 'checkbox' }],
        submit: 'Delete the account',
        look: 'danger',
        async send(visit, { sure }) {
          if (sure === undefined) throw notSure()
          await visit.ask(account.remove, {})
          return { to: kit.href('/sign-in', { done: 'deleted' }) }
        },
      },
    },
    show: (visit) => ({
      content: html`<p>This cannot be taken back. What is stored of you can be downloaded first.</p>
${formView(visit, 'delete')}`,
    }),
  }
}

function notSure(): PlinthError<'invalid_input'> {
  return new PlinthError('invalid_input', 'Say that you are sure.', {
    status: 422,
    details: { issues: [{ path: 'body.sure', message: 'Say that you are sure.' }] },
  })
}
