/** As much of an element as the scripts use; the core is compiled without a browser's own types. */
interface PageElement {
  readonly dataset: Readonly<Record<string, string | undefined>>
  readonly form: PageElement | null
  textContent: string | null
  type: string
  hidden: boolean
  setAttribute(name: string, value: string): void
  addEventListener(type: 'click' | 'submit', listener: () => void): void
}

declare const document: {
  getElementById(id: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement>
}

/** Lets people look at the password that they type. Without scripts there is no such button. */
export const revealScript: string = `(${reveal})();`

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
function reveal(): void {
  for (const button of document.querySelectorAll('[data-reveal]')) {
    const input = document.getElementById(button.dataset['reveal'] ?? '')
    if (!input) continue
    button.hidden = false
    button.addEventListener('click', () => {
      const show = input.type === 'password'
      input.type = show ? 'text' : 'password'
      button.textContent = show ? 'Hide' : 'Show'
      button.setAttribute('aria-pressed', String(show))
    })
    // What is sent and remembered is a password, shown or not.
    input.form?.addEventListener('submit', () => {
      input.type = 'password'
    })
  }
}
