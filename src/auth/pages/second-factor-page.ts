import { type Html, html } from '../../http/index.ts'
import { CODE, REMEMBER } from './fields.ts'
import { formView } from './form-view.ts'
import { onward } from './onward.ts'
import type { Form, Kit, Page, Values, Visit } from './page.ts'
import { NEEDS_SCRIPT, passkeyButton } from './passkey-button.ts'

type Verify = NonNullable<Kit['offers']['totp']>['verify']

/** The page that asks for the second factor: of a sign-in half done, or of a session that is not sure enough. */
export function secondFactorPage(kit: Kit): Page {
  const { passkeySecondFactor, totp, recoveryCodes } = kit.offers
  return {
    path: '/sign-in/second-factor',
    title: 'One more step',
    passkeys: passkeySecondFactor !== undefined,
    forms: {
      ...(totp && { totp: codeForm(totp.verify, APP) }),
      ...(recoveryCodes && { recovery: codeForm(recoveryCodes.verify, RECOVERY) }),
    },
    async show(visit) {
      const factors = await enrolled(visit)
      const again = kit.href('/sign-in', { again: 'yes', returnTo: visit.returnTo })
      return {
        content: html`${factors.length === 0 && noneView(visit)}
${factors.includes('totp') && formView(visit, 'totp')}
${factors.includes('passkey') && passkeyView(visit)}
${factors.includes('recovery-code') && recoveryView(visit, factors)}
<ul class="links"><li><a href="${again}">Begin again</a></li></ul>`,
      }
    },
  }
}

const APP: Pick<Form, 'fields' | 'submit'> = {
  fields: [{ ...CODE, label: 'Code of your authenticator app' }, REMEMBER],
  submit: 'Go on',
}
const RECOVERY: Pick<Form, 'fields' | 'submit'> = {
  fields: [
    {
      name: 'code',
      label: 'Recovery code',
      type: 'text',
      autocomplete: 'off',
      hint: 'Each is good once.',
    },
  ],
  submit: 'Use the recovery code',
}

function codeForm(verify: Verify, form: Pick<Form, 'fields' | 'submit'>): Form {
  return {
    ...form,
    async send(visit, { code, remember }: Values) {
      const body = { code: code as string, remember: remember !== undefined }
      return onward(visit, await visit.ask(verify, { body }))
    },
  }
}

/** The second factors of whoever is half-way in. Throws `unauthenticated` for nobody. */
async function enrolled({ kit, context, principal }: Visit): Promise<string[]> {
  const { signIn, database } = kit.services
  const { incoming, trace, signal } = context
  const scope = { trace, signal }
  const half = await signIn.findHalf(undefined, { incoming, principal }, scope)
  return signIn.enrolled(database.systemIn(scope), half.user)
}

function noneView({ kit }: Visit): Html {
  return html`<p>This needs a second factor, and your account has none yet.</p>
${kit.has('/account/second-factor') && html`<p><a href="${kit.href('/account/second-factor')}">Add one</a></p>`}`
}

function passkeyView(visit: Visit): Html | undefined {
  const { kit, returnTo } = visit
  const { passkeySecondFactor: factor } = kit.offers
  if (!factor) return undefined
  return html`<div class="choice">${passkeyButton(visit, {
    kind: 'second-factor',
    text: 'Use a passkey',
    options: factor.options,
    confirm: factor.confirm,
    onward: returnTo ?? kit.settings.afterSignIn,
    again: kit.href('/sign-in', { done: 'expired', returnTo }),
  })}${NEEDS_SCRIPT}</div>`
}

/** Folded away unless it is what was tried: it is for those who have lost the others. */
function recoveryView(visit: Visit, factors: readonly string[]): Html {
  const open = visit.failure?.form === 'recovery' || factors.length === 1
  return html`<details${open && html` open`}><summary>I cannot use that: take a recovery code</summary>
${formView(visit, 'recovery')}</details>`
}
