import { type Html, html, type Wire } from '../../http/index.ts'
import type { PasskeyView } from '../passkeys/wire.ts'
import { formView } from './form-view.ts'
import type { Kit, Page, Visit } from './page.ts'
import { NEEDS_SCRIPT, passkeyButton } from './passkey-button.ts'
import { timeView } from './time-view.ts'

/** The page where passkeys are added, named and removed. */
export function passkeysPage(kit: Kit, passkeys: NonNullable<Kit['offers']['passkeys']>): Page {
  const back = (done: string) => ({ to: kit.href('/account/passkeys', { done }) })
  return {
    path: '/account/passkeys',
    title: 'Your passkeys',
    account: 'Passkeys',
    passkeys: true,
    forms: {
      rename: {
        fields: [{ name: 'name', label: 'Name', type: 'text', autocomplete: 'off' }],
        submit: 'Rename',
        look: 'quiet',
        async send(visit, { id = '', name }) {
          await visit.ask(passkeys.rename, { params: { id }, body: { name: name as string } })
          return back('saved')
        },
      },
      remove: {
        fields: [],
        submit: 'Remove',
        look: 'danger',
        async send(visit, { id = '' }) {
          await visit.ask(passkeys.remove, { params: { id } })
          return back('passkey-removed')
        },
      },
    },
    async show(visit) {
      const { items } = (await visit.ask(passkeys.list, {})).body
      return {
        content: html`<p>A passkey signs you in by fingerprint, face or the PIN of a device, and cannot be given away to a false site.</p>
<ul class="items">${items.map((passkey) => passkeyView(visit, passkey))}</ul>
${passkeyButton(visit, {
  kind: 'add',
  text: 'Add a passkey',
  options: passkeys.registrationOptions,
  confirm: passkeys.register,
  onward: kit.href('/account/passkeys', { done: 'passkey-added' }),
  again: kit.href('/sign-in', { again: 'yes', returnTo: kit.href('/account/passkeys') }),
  look: 'main',
})}
${NEEDS_SCRIPT}`,
      }
    },
  }
}

function passkeyView(visit: Visit, passkey: Wire<PasskeyView>): Html {
  const { id, name, backedUp, createdAt, lastUsedAt } = passkey
  const used = lastUsedAt === null ? 'not used yet' : html`last used ${timeView(lastUsedAt)}`
  return html`<li><div>
<p><strong>${name}</strong>${backedUp && html` <span class="tag">Synced</span>`}</p>
<p class="soft">Added ${timeView(createdAt)} · ${used}</p>
<details${visit.failure?.form === 'rename' && visit.failure.values['id'] === id && html` open`}>
<summary>Rename</summary>${formView(visit, 'rename', { hidden: { id }, values: { name }, about: name })}</details>
</div>${formView(visit, 'remove', { hidden: { id }, about: name })}</li>`
}
