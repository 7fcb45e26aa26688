import { html } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { PASSWORD } from './fields.ts'
import { formView } from './form-view.ts'
import { tokenOf, withoutToken } from './link-token.ts'
import { onward } from './onward.ts'
import type { Kit, Outcome, Page, Visit } from './page.ts'

/** The page that the link of a sign-up leads to. Its button spends the link: what fetches links does not. */
export function signUpConfirmPage(
  kit: Kit,
  confirmSignUp: NonNullable<Kit['offers']['confirmSignUp']>,
): Page {
  async function confirm(visit: Visit, password?: string): Promise<Outcome> {
    const body = { token: tokenOf(visit), ...(password !== undefined && { password }) }
    return onward(visit, await visit.ask(confirmSignUp, { body }))
  }

  return {
    path: '/sign-up/confirm',
    title: 'Finish signing up',
    forms: {
      confirm: {
        fields: [],
        submit: 'Confirm the address and sign in',
        async send(visit) {
          try {
            return await confirm(visit)
          } catch (error) {
            if (error instanceof PlinthError && error.code === 'invalid_input') {
              return otherBrowser(visit)
            }
            throw error
          }
        },
      },
      other: {
        fields: [PASSWORD],
        submit: 'Confirm the address and sign in',
        send: (visit, { password }) => confirm(visit, password ?? ''),
      },
    },
    show(visit) {
      const dead = withoutToken(visit, kit.href('/sign-up'))
      if (dead) return dead
      if (visit.failure?.form === 'other') return otherBrowser(visit)
      return { content: html`${formView(visit, 'confirm', { hidden: { token: tokenOf(visit) } })}` }
    },
  }
}

function otherBrowser(visit: Visit): Outcome {
  return {
    content: html`<p>You signed up in another browser. Show that it was you: enter the password that you chose there.</p>
${formView(visit, 'other', { hidden: { token: tokenOf(visit) } })}`,
  }
}
