/** As much of a page as its script uses; the core is compiled without a browser's own types. */
interface PageElement {
  readonly id: string
  readonly name: string
  readonly dataset: Readonly<Record<string, string | undefined>>
  textContent: string | null
  value: string
  hidden: boolean
  open: boolean
  scrollIntoView(): void
  addEventListener(type: 'input', listener: () => void): void
  querySelector(selector: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement>
}

declare const document: Pick<PageElement, 'querySelector' | 'querySelectorAll'> & {
  getElementById(id: string): PageElement | null
  addEventListener(
    type: 'submit',
    listener: (event: { readonly target: PageElement; preventDefault(): void }) => void,
  ): void
}

/**
 * Runs in the browser, sent as its own source: it may use nothing from outside itself.
 *
 * Puts the page's origin into the curl lines, narrows the list to what is searched for, opens the
 * operation that the address names, and sends the forms.
 */
export function runPage(): void {
  const base = location.origin + location.pathname.replace(/\/reference\/?$/, '')
  for (const place of document.querySelectorAll('.origin')) place.textContent = base

  const search = document.querySelector('#search')
  search?.addEventListener('input', () => {
    const wanted = search.value.toLowerCase()
    for (const group of document.querySelectorAll('section.group')) {
      group.hidden = true
      for (const operation of group.querySelectorAll('details.operation')) {
        const text = operation.querySelector('summary')?.textContent ?? ''
        operation.hidden = !`${text} ${operation.id}`.toLowerCase().includes(wanted)
        if (!operation.hidden) group.hidden = false
      }
    }
  })

  const openNamed = () => {
    const named = document.getElementById(location.hash.slice(1))
    if (named === null) return
    named.open = true
    named.scrollIntoView()
  }
  addEventListener('hashchange', openNamed)
  openNamed()

  document.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(event.target)
  })

  async function send(form: PageElement): Promise<void> {
    const output = form.querySelector('output')
    if (output === null) return
    output.textContent = 'Sending…'
    const began = performance.now()
    try {
      const response = await fetch(...requestOf(form))
      const text = await response.text()
      const milliseconds = Math.round(performance.now() - began)
      const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
      output.textContent = `${response.status} ${response.statusText} · ${milliseconds} ms\n${head}\n\n${pretty(text)}`
    } catch (error) {
      output.textContent = String(error)
    }
  }

  function requestOf(form: PageElement): [string, RequestInit] {
    let path = form.dataset['path'] ?? ''
    const init: RequestInit & { headers: Headers } = {
      method: form.dataset['method'] ?? 'GET',
      headers: new Headers(),
    }
    const token = document.querySelector('#token')?.value.trim()
    if (token) init.headers.set('authorization', `Bearer ${token}`)
    let query = ''
    for (const field of form.querySelectorAll('[data-in]')) {
      const { value, name } = field
      const place = field.dataset['in']
      if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value))
      else if (place === 'query') query = value.trim() && `?${value.trim().replace(/^\?/, '')}`
      else if (place === 'header' && value !== '') init.headers.set(name, value)
      else if (place === 'body' && value.trim() !== '') {
        init.body = value
        init.headers.set('content-type', 'application/json')
      }
    }
    return [base + path + query, init]
  }

  function pretty(text: string): string {
    try {
      return JSON.stringify(JSON.parse(text), null, 2)
    } catch {
      return text
    }
  }
}
