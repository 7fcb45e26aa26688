import type { Wire } from '../../http/index.ts'
import { type Html, html } from '../../http/index.ts'
import type { SessionEntry } from '../session/wire.ts'
import { formView } from './form-view.ts'
import type { Kit, Page, Visit } from './page.ts'
import { programOf } from './program.ts'
import { timeView } from './time-view.ts'

/** The page of the devices that one is signed in on. */
export function sessionsPage(kit: Kit): Page {
  const { sessions } = kit.offers
  const back = (done: string) => ({ to: kit.href('/account/sessions', { done }) })
  return {
    path: '/account/sessions',
    title: 'Your sessions',
    account: 'Sessions',
    forms: {
      end: {
        fields: [],
        submit: 'End',
        look: 'quiet',
        async send(visit, { id = '' }) {
          await visit.ask(sessions.revoke, { params: { id } })
          return back('session-ended')
        },
      },
      others: {
        fields: [],
        submit: 'End all other sessions',
        look: 'danger',
        async send(visit) {
          await visit.ask(sessions.revokeOthers, {})
          return back('sessions-ended')
        },
      },
    },
    async show(visit) {
      const { items } = (await visit.ask(sessions.list, {})).body
      return {
        content: html`<p>Where you are signed in. End what you do not know, and change your password.</p>
<ul class="items">${items.map((session) => sessionView(visit, session))}</ul>
${items.length > 1 && formView(visit, 'others')}`,
      }
    },
  }
}

function sessionView(
  visit: Visit,
  { id, userAgent, address, createdAt, lastSeenAt, current }: Wire<SessionEntry>,
): Html {
  const program = programOf(userAgent)
  return html`<li><div>
<p><strong>${program}</strong>${current && html` <span class="tag">This device</span>`}</p>
<p class="soft">${address ?? 'Unknown address'} · since ${timeView(createdAt)} · last seen ${timeView(lastSeenAt)}</p>
</div>${!current && formView(visit, 'end', { hidden: { id }, about: program })}</li>`
}
