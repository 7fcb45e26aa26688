import type { StateAnswer, ViewName } from '../wire.ts'
import type { PageDocument, PageElement, PageWindow } from './browser.ts'
import type { CreateView, Kit, PageView } from './kit.ts'
import type { Outcome, Visit } from './visit.ts'

declare const document: PageDocument
declare const window: PageWindow
declare const history: { back(): void; replaceState(state: null, title: string, url: string): void }

export interface ViewMaker {
  readonly name: ViewName
  readonly label: string
  readonly list: CreateView
  /** What stands behind the name in the address is shown by this. */
  readonly one?: CreateView
}

/**
 * Runs in the browser, sent as its own source: it may use nothing from outside itself.
 *
 * Shows the view that the address names and keeps it up to date, as long as the page is seen.
 */
export function runPage(kit: Kit, makers: readonly ViewMaker[]): void {
  const { el, set, write } = kit.dom
  const { format, net } = kit
  const STATE_EVERY = 5_000
  const PATIENCE = [1_000, 2_000, 4_000, 8_000, 15_000]
  const THEMES = ['auto', 'light', 'dark'] as const
  const WORDS = {
    away: 'The server does not answer. Trying again.',
    refused: 'You may no longer see this. Sign in, then reload the page.',
    busy: 'The server is busy. Trying again.',
    gone: 'There is nothing here (any more).',
  } as const

  let state: StateAnswer | undefined
  let view: PageView | undefined
  let server: string | undefined
  const others = new Set<string>()
  let paused = false
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let stateAt = 0
  /** The link that led to where we are, to be focused on the way back. */
  let left = ''

  const heading = el('h1', { tabindex: -1 })
  const content = el('div', { class: 'content' })
  const notice = el('p', { class: 'notice', role: 'status' })
  const figures = ['requests', 'errors', 'p95'].map((label) =>
    el('li', {}, `${label} `, el('b', {}, '–')),
  )
  const pause = el('button', { type: 'button', 'aria-pressed': 'false' }, 'Pause')
  const theme = el('button', { type: 'button', class: 'theme' })
  const views = el('ul')
  const main = el('main', { id: 'main', tabindex: -1 }, heading, notice, content)
  document.body.replaceChildren(
    el('a', { class: 'skip', href: '#main' }, 'Skip to content'),
    el(
      'header',
      {},
      el('strong', { class: 'brand' }, 'Dashboard'),
      el('ul', { class: 'figures', 'aria-label': 'The last five minutes' }, ...figures),
      el('div', { class: 'switches' }, pause, theme),
    ),
    el('nav', { 'aria-label': 'Views' }, views),
    main,
  )

  document.body.firstElementChild?.addEventListener('click', (event) => {
    // The address names the view: it must not become that of the heading.
    event.preventDefault()
    heading.focus()
  })
  pause.addEventListener('click', () => {
    paused = !paused
    set(pause, { 'aria-pressed': String(paused) })
    write(pause, paused ? 'Paused' : 'Pause')
    again(0)
  })
  theme.addEventListener('click', () => {
    setTheme(THEMES[(THEMES.indexOf(themeOf()) + 1) % THEMES.length] ?? 'auto')
  })
  document.addEventListener('visibilitychange', () => again(0))
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') leave(event.target)
    const search = content.querySelector('input[type=search]')
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
    if (!search || event.target.matches('input')) return
    event.preventDefault()
    search.focus()
    search.select()
  })
  window.addEventListener('hashchange', () => open(true))
  setTheme(themeOf())
  start()

  async function start(): Promise<void> {
    await look()
    if (state) open(false)
    else again(PATIENCE[failures++] ?? 15_000)
  }

  /** Asks how all is going. */
  async function look(): Promise<Outcome> {
    const reply = await net.get<StateAnswer>('state')
    stateAt = Date.now()
    if (!reply.ok) {
      tell(WORDS[reply.trouble])
      return { trouble: reply.trouble, server: undefined }
    }
    const { answer } = reply
    const known = state !== undefined
    state = answer
    if (!known) makeViews(answer.views)
    const { summary } = answer
    const said = summary
      ? [
          format.rate(summary.count, 300_000),
          format.share(summary.errors, summary.count),
          format.duration(summary.p95),
        ]
      : ['–', '–', '–']
    figures.forEach((figure, at) => {
      write(figure.lastElementChild as PageElement, said[at] ?? '')
    })
    set(figures[1] as PageElement, { class: summary && summary.errors > 0 ? 'bad' : '' })
    return { trouble: undefined, server: answer.server }
  }

  function makeViews(names: readonly ViewName[]): void {
    views.replaceChildren(
      ...makers
        .filter(({ name }) => names.includes(name))
        .map(({ name, label }) => el('li', {}, el('a', { href: `#/${name}` }, label))),
    )
  }

  /** Shows what the address names. */
  function open(moved: boolean): void {
    const { name, visit } = visitOf(window.location.hash)
    const offered = makers.filter((maker) => state?.views.includes(maker.name))
    const maker = offered.find((each) => each.name === name) ?? offered[0]
    if (!maker) return
    const create = visit.id !== '' && maker.one ? maker.one : maker.list
    view = create(kit, visit)
    write(heading, view.title)
    document.title = `${view.title} · Dashboard`
    content.replaceChildren(view.element)
    for (const link of views.querySelectorAll('a')) {
      const current = link.getAttribute('href') === `#/${maker.name}`
      set(link, { 'aria-current': current ? 'page' : undefined })
      if (current) link.scrollIntoView({ block: 'nearest' })
    }
    if (moved) {
      window.scrollTo(0, 0)
      heading.focus({ preventScroll: true })
    }
    refresh(moved)
  }

  async function refresh(moved = false): Promise<void> {
    clearTimeout(timer)
    const current = view
    const outcome = current ? await current.load() : undefined
    if (Date.now() - stateAt > STATE_EVERY || outcome?.trouble) await look()
    if (current !== view) return
    if (!current || !outcome) return
    if (moved) returnFocus()
    settle(outcome, current)
  }

  function settle({ trouble, server: answered }: Outcome, current: PageView): void {
    if (trouble) {
      tell(WORDS[trouble])
      failures = Math.min(failures + 1, PATIENCE.length)
      if (trouble !== 'refused') again(PATIENCE[failures - 1] ?? 15_000)
      return
    }
    if (answered !== undefined && answered !== server) changed(answered, current)
    else if (failures > 0) tell('')
    failures = 0
    again(current.every)
  }

  /** Another process answers: it was started anew, or there are several. */
  function changed(answered: string, current: PageView): void {
    if (server !== undefined) {
      tell(
        others.has(answered)
          ? 'Several processes answer in turn; each shows what it has seen itself.'
          : `The server was started anew at ${format.clock(Date.now())}; what it shows begins there.`,
      )
      current.restart?.()
    } else tell('')
    server = answered
    if (others.size > 50) others.clear()
    others.add(answered)
  }

  function again(wait: number): void {
    clearTimeout(timer)
    if (paused || document.hidden) return
    timer = setTimeout(() => (state ? refresh() : start()), wait)
  }

  function tell(text: string): void {
    write(notice, text)
    set(notice, { class: text === '' ? 'notice' : 'notice shown' })
  }

  /** Out of a field, which is emptied first, or from one thing back to the list it came from. */
  function leave(from: PageElement): void {
    if (from.matches('input')) {
      heading.focus({ preventScroll: true })
      return
    }
    const back = content.querySelector('a.back')
    if (back) window.location.hash = back.getAttribute('href') ?? ''
  }

  /** Back in a list, the link that was followed is where the reader was. */
  function returnFocus(): void {
    const followed = left === '' ? null : findLink(left)
    if (followed && document.activeElement === heading) followed.focus()
    left = window.location.hash
  }

  function findLink(href: string): PageElement | null {
    for (const link of content.querySelectorAll('td a')) {
      if (link.getAttribute('href') === href) return link
    }
    return null
  }

  function visitOf(hash: string): { readonly name: string; readonly visit: Visit } {
    const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
    const [name = '', ...rest] = path.split('/')
    const values = new URLSearchParams(query)
    const visit: Visit = {
      id: decoded(rest.join('/')),
      get: (key) => values.get(key) ?? '',
      put(key, value) {
        if (value === '') values.delete(key)
        else values.set(key, value)
        const text = values.size > 0 ? `?${values}` : ''
        history.replaceState(null, '', `#/${path || 'requests'}${text}`)
      },
    }
    return { name, visit }
  }

  function decoded(text: string): string {
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }

  function themeOf(): (typeof THEMES)[number] {
    const kept = stored()
    return THEMES.find((name) => name === kept) ?? 'auto'
  }

  function setTheme(name: (typeof THEMES)[number]): void {
    try {
      window.localStorage.setItem('plinth.theme', name)
    } catch {
      // Where nothing may be kept, the choice holds as long as the page.
    }
    set(document.documentElement, { 'data-theme': name === 'auto' ? undefined : name })
    write(theme, { auto: 'Theme: auto', light: 'Theme: light', dark: 'Theme: dark' }[name])
  }

  function stored(): string | null {
    try {
      return window.localStorage.getItem('plinth.theme')
    } catch {
      return null
    }
  }
}
