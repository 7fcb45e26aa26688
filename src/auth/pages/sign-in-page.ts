import { type Html, html } from '../../http/index.ts'
import { signOutForm } from './account-page.ts'
import { depart } from './depart.ts'
import { EMAIL, EMAIL_OR_PASSKEY, PASSWORD } from './fields.ts'
import { formView } from './form-view.ts'
import { providersOf } from './offers.ts'
import { onward } from './onward.ts'
import type { Form, Kit, Outcome, Page, Visit } from './page.ts'
import { NEEDS_SCRIPT, passkeyButton } from './passkey-button.ts'
import type { PagePath } from './settings.ts'

/** The page that people are let in at, by whichever ways there are. */
export function signInPage(kit: Kit): Page {
  const { signIn, session, signOut, passkeySignIn } = kit.offers
  return {
    path: '/sign-in',
    title: 'Sign in',
    passkeys: passkeySignIn !== undefined,
    forms: {
      ...(signIn && { password: passwordForm(kit, signIn) }),
      provider: {
        fields: [],
        submit: 'Sign in with a provider',
        look: 'quiet',
        async send(visit, { id }) {
          const provider = providersOf(kit.offers).find(({ name }) => name === id)
          if (!provider) return { to: kit.href('/sign-in') }
          const { returnTo = kit.settings.afterSignIn } = visit
          const { body } = await visit.ask(provider.operations.start, { body: { returnTo } })
          return depart(provider.title, body.url)
        },
      },
      leave: signOutForm(kit, signOut),
    },
    async show(visit) {
      if (!visit.principal || visit.failure) return ways(visit)
      const { body } = await visit.ask(session, {})
      return visit.query.again === undefined
        ? signedIn(visit, body.user.email)
        : ways(visit, body.user.email)
    },
  }
}

function passwordForm({ offers }: Kit, signIn: NonNullable<Kit['offers']['signIn']>): Form {
  return {
    fields: [offers.passkeySignIn ? EMAIL_OR_PASSKEY : EMAIL, PASSWORD],
    submit: 'Sign in',
    async send(visit, { email, password }) {
      // What is missing is for the operation to say.
      const body = { email, password } as never
      return onward(visit, await visit.ask(signIn, { body }))
    },
  }
}

/** All ways in, the password first; `email` is whose it is, when somebody is to sign in again. */
function ways(visit: Visit, email?: string): Outcome {
  const { page } = visit
  return {
    content: html`
${email !== undefined && html`<p>Sign in again to go on with this.</p>`}
${page.forms['password'] && formView(visit, 'password', { values: { email } })}
${choicesView(visit)}
${linksView(visit)}`,
  }
}

/** The ways in that take a button alone. */
function choicesView(visit: Visit): Html | undefined {
  const { kit, returnTo } = visit
  const { passkeySignIn } = kit.offers
  const choices = [
    ...providersOf(kit.offers).map(({ name, title }) =>
      formView(visit, 'provider', { hidden: { id: name }, submit: `Sign in with ${title}` }),
    ),
    passkeySignIn &&
      html`${passkeyButton(visit, {
        kind: 'sign-in',
        text: 'Sign in with a passkey',
        options: passkeySignIn.options,
        confirm: passkeySignIn.confirm,
        onward: returnTo ?? kit.settings.afterSignIn,
        again: kit.href('/sign-in', { returnTo }),
      })}${NEEDS_SCRIPT}`,
  ].filter((choice) => choice !== undefined)
  if (choices.length === 0) return undefined
  return html`<div class="choice">${choices}</div>`
}

const LINKS: readonly (readonly [PagePath, string])[] = [
  ['/sign-in/link', 'Sign in with a link by e-mail'],
  ['/sign-in/code', 'Sign in with a code'],
  ['/reset', 'Forgot the password?'],
  ['/sign-up', 'Create an account'],
]

function linksView({ kit, returnTo }: Visit): Html {
  const links = LINKS.filter(([path]) => kit.has(path))
  return html`<ul class="links">${links.map(
    ([path, text]) => html`<li><a href="${kit.href(path, { returnTo })}">${text}</a></li>`,
  )}</ul>`
}

function signedIn(visit: Visit, email: string): Outcome {
  const { kit, returnTo } = visit
  return {
    title: 'You are signed in',
    content: html`<p>You are signed in as <strong>${email}</strong>.</p>
<div class="choice"><a class="button" href="${returnTo ?? kit.settings.afterSignIn}">Continue</a>
${formView(visit, 'leave')}</div>`,
  }
}
