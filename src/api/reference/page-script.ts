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
  readonly type: string
  readonly files?: ArrayLike<Blob> | null
  focus(): void
  closest(selector: string): PageElement | null
  addEventListener(type: 'input', listener: () => void): void
  querySelector(selector: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement>
}

declare const document: Pick<PageElement, 'querySelector' | 'querySelectorAll'> & {
  getElementById(id: string): PageElement | null
  addEventListener(type: 'submit' | 'keydown', listener: (event: PageEvent) => void): void
}

interface PageEvent {
  readonly target: PageElement
  readonly key?: string
  preventDefault(): void
}

/**
 * Runs in the browser, sent as its own source: it may use nothing from outside itself.
 *
 * Puts the page's origin into the curl lines, narrows the list to what is searched for (`/` leads
 * there, Escape away), opens the operation that the address names, and sends the forms.
 */
export function runPage(): void {
  const base = location.origin + location.pathname.replace(/\/reference\/?$/, '')
  for (const place of document.querySelectorAll('.origin')) place.textContent = base

  const search = document.querySelector('#search')
  const narrow = () => {
    const wanted = search?.value.toLowerCase() ?? ''
    for (const group of document.querySelectorAll('section.group')) {
      group.hidden = true
      for (const operation of group.querySelectorAll('details.operation')) {
        const text = operation.querySelector('summary')?.textContent ?? ''
        operation.hidden = !`${text} ${operation.id}`.toLowerCase().includes(wanted)
        if (!operation.hidden) group.hidden = false
      }
    }
  }
  search?.addEventListener('input', narrow)
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input, textarea') !== null
    if (event.key === '/' && !typing) {
      event.preventDefault()
      search?.focus()
    } else if (event.key === 'Escape' && search && event.target.id === search.id) {
      search.value = ''
      narrow()
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

  let sending = new AbortController()

  /** Shows the answer as it arrives; whatever is sent next ends a stream that goes on. */
  async function send(form: PageElement): Promise<void> {
    const output = form.querySelector('output')
    if (output === null) return
    sending.abort()
    sending = new AbortController()
    const { signal } = sending
    output.textContent = 'Sending…'
    const began = performance.now()
    try {
      const [url, init] = requestOf(form)
      const response = await fetch(url, { ...init, signal })
      const milliseconds = Math.round(performance.now() - began)
      const fields = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
      const head = `${response.status} ${response.statusText} · ${milliseconds} ms\n${fields}\n\n`
      output.textContent = head
      const type = response.headers.get('content-type') ?? 'text/plain'
      if (!/^text\/|json/.test(type)) {
        output.textContent = `${head}${(await response.arrayBuffer()).byteLength} bytes`
        return
      }
      let text = ''
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
        text += read.value
        output.textContent = head + text
      }
      output.textContent = head + pretty(text)
    } catch (error) {
      if (!signal.aborted) output.textContent = String(error)
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
    const parts = new FormData()
    const pairs = new URLSearchParams()
    for (const field of form.querySelectorAll('[data-in]')) {
      const { value, name, files } = field
      const { in: place, type = '' } = field.dataset
      const [file] = Array.from(files ?? [])
      if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value))
      else if (place === 'query') query = value.trim() && `?${value.trim().replace(/^\?/, '')}`
      else if (place === 'header' && value !== '') init.headers.set(name, value)
      else if (place === 'pair' && value !== '') pairs.append(name, value)
      else if (place === 'part' && file) parts.append(name, file)
      else if (place === 'part' && value !== '') parts.append(name, value)
      else if ((place === 'body' && value.trim() !== '') || (place === 'binary' && file)) {
        init.body = file ?? value
        init.headers.set('content-type', type)
      }
    }
    if ([...parts.keys()].length > 0) init.body = parts
    else if (pairs.size > 0) init.body = pairs
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
