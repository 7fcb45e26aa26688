import { type Html, html, type Operation } from '../../http/index.ts'
import { formView } from './form-view.ts'
import type { Form, Kit, Page, Visit } from './page.ts'

type Account = NonNullable<Kit['offers']['account']>

/** The first page of an account: whose it is, what may be done with it as a whole, and the way out. */
export function accountPage(kit: Kit): Page {
  const { session, signOut, account } = kit.offers
  return {
    path: '/account',
    title: 'Your account',
    account: 'Account',
    forms: { ...(account && { name: nameForm(kit, account) }), leave: signOutForm(kit, signOut) },
    async show(visit) {
      const { user } = (await visit.ask(session, {})).body
      return {
        content: html`<dl><dt>E-mail address</dt><dd>${user.email}</dd>
${!account && user.name !== null && html`<dt>Name</dt><dd>${user.name}</dd>`}</dl>
${account && formView(visit, 'name', { values: { name: user.name ?? undefined } })}
<div class="row">${formView(visit, 'leave')}</div>
${account && wholeView(visit, account)}`,
      }
    },
  }
}

/** The form that signs out, on whichever page it stands. */
export function signOutForm(kit: Kit, signOut: Kit['offers']['signOut']): Form {
  return {
    fields: [],
    submit: 'Sign out',
    look: 'quiet',
    async send(visit) {
      await visit.ask(signOut, {})
      return { to: kit.href('/sign-in', { done: 'signed-out' }) }
    },
  }
}

function nameForm(kit: Kit, { rename }: Account): Form {
  return {
    fields: [{ name: 'name', label: 'Name', type: 'text', autocomplete: 'name', optional: true }],
    submit: 'Save',
    async send(visit, { name = null }) {
      await visit.ask(rename, { body: { name } })
      return { to: kit.href('/account', { done: 'saved' }) }
    },
  }
}

function wholeView({ kit }: Visit, account: Account): Html {
  const { path } = (account.export as Operation).spec
  return html`<h2>Your data</h2>
<ul class="links"><li><a href="${path}" download>Download what is stored of you</a></li>
<li><a href="${kit.href('/account/delete')}">Delete the account</a></li></ul>`
}
