import { html } from '../../http/index.ts'
import { EMAIL, NEW_PASSWORD } from './fields.ts'
import { formView } from './form-view.ts'
import type { Field, Kit, Page } from './page.ts'

const NAME: Field = {
  name: 'name',
  label: 'Name',
  type: 'text',
  autocomplete: 'name',
  optional: true,
}

/** The page where accounts are made. */
export function signUpPage(kit: Kit, signUp: NonNullable<Kit['offers']['signUp']>): Page {
  const { sendsMail } = kit.services
  return {
    path: '/sign-up',
    title: 'Create an account',
    forms: {
      account: {
        fields: [NAME, EMAIL, { ...NEW_PASSWORD, label: 'Password' }],
        submit: 'Create the account',
        async send(visit, { name, email, password }) {
          const body = { email, password, ...(name !== undefined && { name }) } as never
          await visit.ask(signUp, { body })
          const { returnTo } = visit
          return {
            to: sendsMail
              ? kit.href('/sign-up', { done: 'sign-up-sent', returnTo })
              : kit.href('/sign-in', { done: 'signed-up', returnTo }),
          }
        },
      },
    },
    show(visit) {
      const link = html`<ul class="links"><li><a href="${kit.href('/sign-in', { returnTo: visit.returnTo })}">I have an account</a></li></ul>`
      if (visit.query.done !== undefined) return { title: 'One more step', content: link }
      return { content: html`${formView(visit, 'account')}${link}` }
    },
  }
}
