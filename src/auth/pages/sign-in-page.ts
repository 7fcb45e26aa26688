import { type Html, html } from '../../http/index.ts'
import { EMAIL, PASSWORD } from './fields.ts'
import { formView } from './form-view.ts'
import { onward } from './onward.ts'
import type { Form, Kit, Outcome, Page, Visit } from './page.ts'
import type { PagePath } from './settings.ts'

/** The page that people are let in at, by whichever ways there are. */
export function signInPage(kit: Kit): Page {
  const { signIn, session, signOut } = kit.offers
  return {
    path: '/sign-in',
    title: 'Sign in',
    forms: {
      ...(signIn && { password: passwordForm(signIn) }),
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
      if (!visit.principal || visit.failure) return ways(visit)
      const { body } = await visit.ask(session, {})
      return visit.query.again === undefined
        ? signedIn(visit, body.user.email)
        : ways(visit, body.user.email)
    },
  }
}

function passwordForm(signIn: NonNullable<Kit['offers']['signIn']>): Form {
  return {
    fields: [EMAIL, PASSWORD],
    submit: 'Sign in',
    async send(visit, { email, password }) {
      // What is missing is for the operation to say.
      const body = { email, password, transport: 'cookie' } as never
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
${linksView(visit)}`,
  }
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
