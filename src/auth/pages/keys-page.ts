import { type Html, html, type Wire } from '../../http/index.ts'
import type { ApiKeyView } from '../api-keys/wire.ts'
import { formView } from './form-view.ts'
import type { Kit, Outcome, Page, Visit } from './page.ts'
import { timeView } from './time-view.ts'

/** The page of the keys that programs of one's own use. */
export function keysPage(kit: Kit, apiKeys: NonNullable<Kit['offers']['apiKeys']>): Page {
  return {
    path: '/account/keys',
    title: 'Your API keys',
    account: 'API keys',
    forms: {
      create: {
        fields: [
          {
            name: 'name',
            label: 'Name',
            type: 'text',
            autocomplete: 'off',
            hint: 'What the key is for.',
          },
          {
            name: 'scopes',
            label: 'Permissions',
            type: 'text',
            autocomplete: 'off',
            optional: true,
            hint: 'What the key may do, with spaces between, such as orders:read.',
          },
        ],
        submit: 'Make a key',
        async send(visit, { name, scopes }) {
          const body = { name: name as string, ...(scopes && { scopes: wordsOf(scopes) }) }
          const { key, apiKey } = (await visit.ask(apiKeys.create, { body })).body
          return made(visit, apiKey.name, key)
        },
      },
      revoke: {
        fields: [],
        submit: 'Revoke',
        look: 'danger',
        async send(visit, { id = '' }) {
          await visit.ask(apiKeys.revoke, { params: { id } })
          return { to: kit.href('/account/keys', { done: 'key-removed' }) }
        },
      },
    },
    async show(visit) {
      const { items } = (await visit.ask(apiKeys.list, {})).body
      return {
        content: html`<p>A key lets a program act as you. Give each program its own, and revoke what is not used.</p>
<ul class="items">${items.map((key) => keyView(visit, key))}</ul>
${formView(visit, 'create')}`,
      }
    },
  }
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

function made({ kit }: Visit, name: string, key: string): Outcome {
  return {
    title: 'Your new key',
    content: html`<p>This is the key <strong>${name}</strong>. It is shown this once: copy it now.</p>
<p><code class="seed">${key}</code></p>
<p><a class="button quiet" href="${kit.href('/account/keys')}">I have copied it</a></p>`,
  }
}

function keyView(visit: Visit, key: Wire<ApiKeyView>): Html {
  const { id, name, start, scopes, createdAt, expiresAt, lastUsedAt } = key
  return html`<li><div><p><strong>${name}</strong> <code>${start}…</code></p>
<p class="soft">${scopes ? scopes.join(', ') : 'All you may do'} · made ${timeView(createdAt)}${
    expiresAt !== null && html` · until ${timeView(expiresAt)}`
  } · ${lastUsedAt === null ? 'not used yet' : html`last used ${timeView(lastUsedAt)}`}</p></div>
${formView(visit, 'revoke', { hidden: { id }, about: name })}</li>`
}
