import { type Html, html } from '../../http/index.ts'
import { CODE, EMAIL, PHONE } from './fields.ts'
import { formView } from './form-view.ts'
import { onward } from './onward.ts'
import type { Form, Kit, Outcome, Page, Visit } from './page.ts'

type Ask = (visit: Visit, values: Readonly<Record<string, string | undefined>>) => Promise<Sent>
type Confirm = NonNullable<Kit['offers']['confirmEmailCode']>
type Sent = { readonly body: { readonly challenge: string } }

/** The page that signs in with a code, sent by mail or as a short message. */
export function codePage(kit: Kit): Page {
  const { emailCode, confirmEmailCode, smsCode, confirmSmsCode } = kit.offers
  return {
    path: '/sign-in/code',
    title: 'Sign in with a code',
    forms: {
      ...(emailCode && {
        email: askForm('emailed', [EMAIL], (visit, { email }) =>
          visit.ask(emailCode, { body: { email: email as string } }),
        ),
      }),
      ...(confirmEmailCode && { emailed: confirmForm(confirmEmailCode) }),
      ...(smsCode && {
        number: askForm('texted', [PHONE], (visit, { number }) =>
          visit.ask(smsCode, { body: { number: number as string } }),
        ),
      }),
      ...(confirmSmsCode && { texted: confirmForm(confirmSmsCode) }),
    },
    show(visit) {
      const { form = '', values = {} } = visit.failure ?? {}
      if (values['challenge'] !== undefined) return enter(visit, form, values['challenge'])
      const forms = ['email', 'number'].filter((name) => visit.page.forms[name])
      return {
        content: html`<p>We send you a code of six digits.</p>
${forms.map((name) => html`${formView(visit, name)}`)}${backView(visit)}`,
      }
    },
  }
}

function askForm(then: string, fields: Form['fields'], ask: Ask): Form {
  return {
    fields,
    submit: 'Send a code',
    async send(visit, values) {
      const { body } = await ask(visit, values)
      return enter(visit, then, body.challenge)
    },
  }
}

function confirmForm(confirm: Confirm): Form {
  return {
    fields: [CODE],
    submit: 'Sign in',
    async send(visit, { challenge, code }) {
      const body = { challenge: challenge as string, code: code as string }
      return onward(visit, await visit.ask(confirm, { body }))
    },
  }
}

/** The page goes on without being redirected to: which request the code answers is in no address. */
function enter(visit: Visit, form: string, challenge: string): Outcome {
  const where = form === 'texted' ? 'your messages' : 'your mail'
  return {
    title: 'Enter the code',
    content: html`<p>Look into ${where}: if that can sign in here, a code of six digits is on its way.</p>
${formView(visit, form, { hidden: { challenge } })}
<ul class="links"><li><a href="${visit.kit.href('/sign-in/code', { returnTo: visit.returnTo })}">Send another code</a></li></ul>`,
  }
}

function backView({ kit, returnTo }: Visit): Html {
  return html`<ul class="links"><li><a href="${kit.href('/sign-in', { returnTo })}">Back to sign-in</a></li></ul>`
}
