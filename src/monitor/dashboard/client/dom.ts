import type { PageDocument, PageElement } from './browser.ts'

declare const document: PageDocument

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>
export type Child = PageElement | string | undefined | false

export interface Dom {
  /** Makes an element. Text becomes text, whatever is in it. */
  el(name: string, attributes?: Attributes, ...children: readonly Child[]): PageElement
  /** The same in SVG. */
  svg(name: string, attributes?: Attributes, ...children: readonly Child[]): PageElement
  /** Sets attributes that are not so already; those that are undefined or false are taken away. */
  set(element: PageElement, attributes: Attributes): void
  /** Sets the text of an element, if it is another. */
  write(element: PageElement, text: string): void
  /**
   * Makes the children of an element those of a list: elements of keys that stay are moved and
   * updated, not made anew, so that focus, selection and scroll position stay as well.
   */
  sync<Item>(parent: PageElement, items: readonly Item[], how: Sync<Item>): void
}

export interface Sync<Item> {
  key(item: Item): string
  make(item: Item): PageElement
  update?(element: PageElement, item: Item): void
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createDom(): Dom {
  const keys = new WeakMap<PageElement, string>()
  return { el, svg, set, write, sync }

  function el(
    name: string,
    attributes: Attributes = {},
    ...children: readonly Child[]
  ): PageElement {
    return filled(document.createElement(name), attributes, children)
  }

  function svg(
    name: string,
    attributes: Attributes = {},
    ...children: readonly Child[]
  ): PageElement {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    return filled(element, attributes, children)
  }

  function filled(
    element: PageElement,
    attributes: Attributes,
    children: readonly Child[],
  ): PageElement {
    set(element, attributes)
    for (const child of children) if (child) element.append(child)
    return element
  }

  function set(element: PageElement, attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === false) {
        if (element.getAttribute(name) !== null) element.removeAttribute(name)
      } else {
        const text = value === true ? '' : String(value)
        if (element.getAttribute(name) !== text) element.setAttribute(name, text)
      }
    }
  }

  function write(element: PageElement, text: string): void {
    if (element.textContent !== text) element.textContent = text
  }

  function sync<Item>(
    parent: PageElement,
    items: readonly Item[],
    { key, make, update }: Sync<Item>,
  ): void {
    const known = new Map<string, PageElement>()
    for (const child of parent.children) known.set(keys.get(child) ?? '', child)
    const wanted = new Set(items.map(key))
    for (const [name, child] of known) if (!wanted.has(name)) child.remove()
    let next = parent.firstElementChild
    for (const item of items) {
      const name = key(item)
      const child = known.get(name) ?? make(item)
      keys.set(child, name)
      update?.(child, item)
      if (child === next) next = child.nextElementSibling
      else parent.insertBefore(child, next)
    }
  }
}
