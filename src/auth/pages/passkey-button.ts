import { type Html, html, type Operation } from '../../http/index.ts'
import type { Visit } from './page.ts'

/** A button that needs the script, and what the script has to know. */
export interface PasskeyButton {
  readonly kind: 'add' | 'sign-in' | 'second-factor'
  readonly text: string
  /** The operations that give the options and take the credential. */
  readonly options: Pick<Operation, 'spec'>
  readonly confirm: Pick<Operation, 'spec'>
  /** Where to go when it is done. */
  readonly onward: string
  /** Where those go who have to sign in again first. */
  readonly again: string
  /** Default `quiet`. */
  readonly look?: 'main' | 'quiet'
}

/** Shows a button for passkeys, which is hidden from browsers without scripts or without passkeys. */
export function passkeyButton(visit: Visit, button: PasskeyButton): Html {
  const { kind, text, options, confirm, onward, again, look = 'quiet' } = button
  const half = visit.kit.href('/sign-in/second-factor', { returnTo: onward })
  const remember = kind === 'second-factor' && html` data-remember="[name=remember]"`
  return html`<div class="passkey" data-passkey="${kind}" data-options="${options.spec.path}" data-confirm="${confirm.spec.path}" data-onward="${onward}" data-again="${again}" data-half="${half}"${remember} hidden>
<button type="button" class="${look}">${text}</button>
<p class="error" role="alert" hidden></p>
</div>`
}

/** What those are told who have no scripts. */
export const NEEDS_SCRIPT: Html = html`<noscript><p class="soft">Passkeys need JavaScript, which is off in this browser.</p></noscript>`
