/** As much of a browser as the script uses; the core is compiled without a browser's own types. */
interface PageElement {
  readonly dataset: Readonly<Record<string, string | undefined>>
  textContent: string | null
  hidden: boolean
  disabled: boolean
  focus(): void
  addEventListener(type: 'click', listener: () => void): void
  querySelector(selector: string): PageElement | null
}

interface Credential {
  toJSON(): unknown
}

type Get = (options: object) => Promise<Credential>

declare const document: Pick<PageElement, 'querySelector'> & {
  querySelectorAll(selector: string): Iterable<PageElement>
}
declare const navigator: { readonly credentials?: { readonly get: Get; readonly create: Get } }
declare const PublicKeyCredential: {
  parseCreationOptionsFromJSON?(options: unknown): object
  parseRequestOptionsFromJSON?(options: unknown): object
  isConditionalMediationAvailable?(): Promise<boolean>
}
declare const location: { assign(url: string): void }

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly assurance?: number
}

/** Asks the browser for a passkey: to add one, to sign in, or as a second factor. */
export const passkeyScript: string = `(${passkeys})();`

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
function passkeys(): void {
  if (typeof PublicKeyCredential === 'undefined') return
  if (!PublicKeyCredential.parseRequestOptionsFromJSON || !navigator.credentials) return
  const { credentials } = navigator
  /** A passkey that the browser may offer where the address is filled in. */
  let waiting: AbortController | undefined

  for (const place of document.querySelectorAll('[data-passkey]')) {
    const button = place.querySelector('button')
    if (!button) continue
    place.hidden = false
    button.addEventListener('click', async () => {
      waiting?.abort()
      button.disabled = true
      say(place, '')
      try {
        await run(place)
      } catch (error) {
        say(place, explain(error))
        button.focus()
      } finally {
        button.disabled = false
      }
    })
    if (document.querySelector('[autocomplete~=webauthn]')) offer(place)
  }

  /** Offers passkeys where the address is filled in, and says nothing when nobody takes one. */
  async function offer(place: PageElement): Promise<void> {
    try {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return
      waiting = new AbortController()
      await run(place, { mediation: 'conditional', signal: waiting.signal })
    } catch (error) {
      const { name } = error as Error
      if (name === 'Error') say(place, explain(error))
    }
  }

  async function run(place: PageElement, how: object = {}): Promise<void> {
    const { passkey, options, confirm, onward, remember } = place.dataset
    const asked = await post(place, options, passkey === 'second-factor' ? {} : undefined)
    if (!asked) return
    const adding = passkey === 'add'
    const publicKey = adding
      ? PublicKeyCredential.parseCreationOptionsFromJSON?.(asked.body)
      : PublicKeyCredential.parseRequestOptionsFromJSON?.(asked.body)
    const credential = await (adding
      ? credentials.create({ publicKey })
      : credentials.get({ publicKey, ...how }))
    const kept = remember && document.querySelector(`${remember}:checked`) ? { remember: true } : {}
    const done = await post(place, confirm, { credential: credential.toJSON(), ...kept })
    if (done) location.assign((done.status === 202 ? place.dataset['half'] : onward) ?? '/')
  }

  /** Sends JSON; leads those on who have to sign in again first, and answers nothing then. */
  async function post(
    place: PageElement,
    path = '',
    body?: object,
  ): Promise<{ status: number; body: unknown } | undefined> {
    const json = body && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    const response = await fetch(path, { method: 'POST', ...json })
    const answer = (await response.json()) as Problem
    if (response.ok) return { status: response.status, body: answer }
    const { again, half } = place.dataset
    if (answer.code === 'insufficient_authentication' || answer.code === 'unauthenticated') {
      location.assign((answer.assurance ? half : again) ?? '/')
      return undefined
    }
    throw new Error(answer.detail)
  }

  function explain(error: unknown): string {
    const { name, message } = error as Error
    if (name === 'InvalidStateError') return 'This device has a passkey for the account already.'
    if (name === 'Error' && message !== '') return message
    return 'No passkey was used. Try again, or take another way.'
  }

  function say(place: PageElement, text: string): void {
    const output = place.querySelector('[role=alert]')
    if (!output) return
    output.textContent = text
    output.hidden = text === ''
  }
}
