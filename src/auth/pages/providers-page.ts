import { type Html, html } from '../../http/index.ts'
import { depart } from './depart.ts'
import { formView } from './form-view.ts'
import { type OfferedProvider, providersOf } from './offers.ts'
import type { Kit, Page, Visit } from './page.ts'
import { timeView } from './time-view.ts'

type Identities = NonNullable<Kit['offers']['identities']>

/** The page where sign-in providers are linked to an account and unlinked. */
export function providersPage(kit: Kit, identities: Identities): Page {
  const providers = providersOf(kit.offers)
  const named = (id: string | undefined) => providers.find(({ name }) => name === id)
  const here = kit.href('/account/providers')
  return {
    path: '/account/providers',
    title: 'Sign-in providers',
    account: 'Providers',
    forms: {
      link: {
        fields: [],
        submit: 'Link',
        look: 'quiet',
        async send(visit, { id }) {
          const provider = named(id)
          if (!provider) return { to: here }
          const returnTo = kit.href('/account/providers', { done: 'provider-linked' })
          const { body } = await visit.ask(provider.operations.link, { body: { returnTo } })
          return depart(provider.title, body.url)
        },
      },
      unlink: {
        fields: [],
        submit: 'Unlink',
        look: 'danger',
        async send(visit, { id }) {
          const provider = named(id)
          if (provider) await visit.ask(provider.operations.unlink, {})
          return { to: kit.href('/account/providers', { done: 'provider-unlinked' }) }
        },
      },
    },
    async show(visit) {
      const { items } = (await visit.ask(identities.list, {})).body
      return {
        content: html`<p>With a provider that is linked you sign in without a password of ours.</p>
<ul class="items">${providers.map((provider) =>
          providerView(
            visit,
            provider,
            items.find((each) => each.provider === provider.name),
          ),
        )}</ul>`,
      }
    },
  }
}

interface Linked {
  readonly email: string | null
  readonly createdAt: string
}

function providerView(visit: Visit, { name, title }: OfferedProvider, linked?: Linked): Html {
  const place = { hidden: { id: name }, about: title }
  if (!linked) {
    return html`<li><div><p><strong>${title}</strong></p></div>${formView(visit, 'link', place)}</li>`
  }
  const { email, createdAt } = linked
  return html`<li><div><p><strong>${title}</strong> <span class="tag">Linked</span></p>
<p class="soft">${email !== null && html`${email} · `}since ${timeView(createdAt)}</p></div>
${formView(visit, 'unlink', place)}</li>`
}
