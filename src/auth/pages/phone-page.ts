import { html } from '../../http/index.ts'
import { CODE, PHONE } from './fields.ts'
import { formView } from './form-view.ts'
import type { Kit, Outcome, Page, Visit } from './page.ts'
import { timeView } from './time-view.ts'

/** The page where phone numbers are added and removed. */
export function phonePage(kit: Kit, phones: NonNullable<Kit['offers']['phones']>): Page {
  const back = (done: string) => ({ to: kit.href('/account/phone', { done }) })
  return {
    path: '/account/phone',
    title: 'Your phone numbers',
    account: 'Phone',
    forms: {
      add: {
        fields: [PHONE],
        submit: 'Add the number',
        async send(visit, { number }) {
          const { body } = await visit.ask(phones.add, { body: { number: number as string } })
          return enter(visit, body.challenge)
        },
      },
      confirm: {
        fields: [CODE],
        submit: 'Confirm the number',
        async send(visit, { challenge, code }) {
          const body = { challenge: challenge as string, code: code as string }
          await visit.ask(phones.confirm, { body })
          return back('phone-added')
        },
      },
      remove: {
        fields: [],
        submit: 'Remove',
        look: 'danger',
        async send(visit, { id = '' }) {
          await visit.ask(phones.remove, { params: { id } })
          return back('phone-removed')
        },
      },
    },
    async show(visit) {
      const { challenge } = visit.failure?.values ?? {}
      if (challenge !== undefined) return enter(visit, challenge)
      const { items } = (await visit.ask(phones.list, {})).body
      return {
        content: html`<p>A code that is sent to a number of yours signs you in.</p>
<ul class="items">${items.map(({ id, number, verifiedAt }) => {
          const place = { hidden: { id }, about: number }
          return html`<li><div><p><strong>${number}</strong></p><p class="soft">since ${timeView(verifiedAt)}</p></div>${formView(visit, 'remove', place)}</li>`
        })}</ul>
${formView(visit, 'add')}`,
      }
    },
  }
}

function enter(visit: Visit, challenge: string): Outcome {
  return {
    title: 'Enter the code',
    content: html`<p>A code of six digits is on its way to the number.</p>
${formView(visit, 'confirm', { hidden: { challenge } })}`,
  }
}
