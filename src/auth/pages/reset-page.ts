import { html } from '../../http/index.ts'
import { EMAIL } from './fields.ts'
import { formView } from './form-view.ts'
import type { Kit, Page } from './page.ts'

/** The page for those who have forgotten their password. */
export function resetPage(kit: Kit, reset: NonNullable<Kit['offers']['reset']>): Page {
  return {
    path: '/reset',
    title: 'Reset your password',
    forms: {
      reset: {
        fields: [EMAIL],
        submit: 'Send a link',
        async send(visit, { email }) {
          await visit.ask(reset, { body: { email: email as string } })
          return { to: kit.href('/reset', { done: 'reset-sent' }) }
        },
      },
    },
    show(visit) {
      const back = html`<ul class="links"><li><a href="${kit.href('/sign-in')}">Back to sign-in</a></li></ul>`
      if (visit.query.done !== undefined) return { title: 'Look into your mail', content: back }
      return {
        content: html`<p>We send a link to your address that lets you choose a new password.</p>
${formView(visit, 'reset')}${back}`,
      }
    },
  }
}
