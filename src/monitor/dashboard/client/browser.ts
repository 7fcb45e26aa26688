/** As much of a browser as the page uses; the core is compiled without a browser's own types. */
export interface PageElement {
  textContent: string | null
  className: string
  value: string
  hidden: boolean
  open: boolean
  disabled: boolean
  tabIndex: number
  scrollTop: number
  readonly isConnected: boolean
  readonly dataset: Record<string, string | undefined>
  readonly style: { setProperty(name: string, value: string): void }
  readonly children: ArrayLike<PageElement> & Iterable<PageElement>
  readonly firstElementChild: PageElement | null
  readonly lastElementChild: PageElement | null
  readonly nextElementSibling: PageElement | null
  readonly parentElement: PageElement | null
  append(...nodes: (PageElement | string)[]): void
  replaceChildren(...nodes: (PageElement | string)[]): void
  insertBefore(node: PageElement, before: PageElement | null): void
  remove(): void
  focus(options?: { readonly preventScroll?: boolean }): void
  select(): void
  scrollIntoView(options?: { readonly block?: 'nearest' | 'start' }): void
  setAttribute(name: string, value: string): void
  getAttribute(name: string): string | null
  removeAttribute(name: string): void
  closest(selector: string): PageElement | null
  matches(selector: string): boolean
  contains(other: PageElement | null): boolean
  querySelector(selector: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement> & { readonly length: number }
  getBoundingClientRect(): { readonly left: number; readonly width: number }
  addEventListener(type: string, listener: (event: PageEvent) => void): void
}

export interface PageEvent {
  readonly target: PageElement
  readonly key: string
  readonly clientX: number
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly defaultPrevented: boolean
  preventDefault(): void
}

export interface PageDocument {
  title: string
  readonly hidden: boolean
  readonly body: PageElement
  readonly documentElement: PageElement
  readonly activeElement: PageElement | null
  createElement(name: string): PageElement
  createElementNS(space: string, name: string): PageElement
  addEventListener(type: string, listener: (event: PageEvent) => void): void
}

export interface PageWindow {
  readonly scrollY: number
  readonly location: { hash: string; reload(): void }
  readonly localStorage: {
    getItem(name: string): string | null
    setItem(name: string, value: string): void
  }
  scrollTo(x: number, y: number): void
  addEventListener(type: string, listener: () => void): void
}
