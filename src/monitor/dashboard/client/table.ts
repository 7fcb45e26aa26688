import type { PageElement } from './browser.ts'
import type { Dom } from './dom.ts'

/** What stands in a cell: words, and where they lead. */
export interface Cell {
  readonly text: string
  readonly title?: string
  readonly tone?: string
  readonly href?: string
  /** Draws into the cell instead of writing. */
  draw?(element: PageElement): void
}

export interface Column<Row> {
  readonly label: string
  /** `number` stands at the right, `code` in the font for code, `minor` is left out on phones. */
  readonly kind?: string
  /** Of the whole width, such as `20%` or `6rem`; one column takes what is left. */
  readonly width?: string
  cell(row: Row): Cell
  /** What rows are sorted by when the heading is chosen, the highest first. */
  sort?(row: Row): number | string
}

export interface TableOptions<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  /** Said when there are no rows. */
  readonly empty: string
  key(row: Row): string
}

export interface Table<Row> {
  readonly element: PageElement
  update(rows: readonly Row[]): void
}

export interface Tables {
  create<Row>(options: TableOptions<Row>): Table<Row>
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createTables({ el, set, write, sync }: Dom): Tables {
  return { create }

  function create<Row>({ caption, columns, empty, key }: TableOptions<Row>): Table<Row> {
    let rows: readonly Row[] = []
    let order: { readonly column: Column<Row>; readonly up: boolean } | undefined
    const headings = columns.map((column) => heading(column))
    const body = el('tbody')
    const nothing = el('p', { class: 'empty', hidden: true }, empty)
    const table = el(
      'table',
      {},
      el('caption', {}, caption),
      el('colgroup', {}, ...columns.map(columnOf)),
      el('thead', {}, el('tr', {}, ...headings)),
      body,
    )
    body.addEventListener('keydown', (event) => {
      const link = target(event.key, event.target)
      if (!link) return
      event.preventDefault()
      link.focus()
      link.scrollIntoView({ block: 'nearest' })
    })
    return { element: el('div', { class: 'table' }, table, nothing), update }

    function update(next: readonly Row[]): void {
      rows = next
      set(nothing, { hidden: rows.length > 0 })
      sync(body, sorted(), { key, make: () => el('tr', {}, ...columns.map(cellOf)), update: fill })
    }

    function sorted(): readonly Row[] {
      const by = order?.column.sort
      if (!by) return rows
      const direction = order?.up ? 1 : -1
      return rows.toSorted((one, two) => {
        const [first, second] = [by(one), by(two)]
        return first === second ? 0 : (first < second ? -1 : 1) * direction
      })
    }

    function heading(column: Column<Row>): PageElement {
      const { label, kind, sort } = column
      if (!sort) return el('th', { scope: 'col', class: kind }, label)
      const button = el('button', { type: 'button' }, label)
      const cell = el('th', { scope: 'col', class: kind }, button)
      button.addEventListener('click', () => {
        order = { column, up: order?.column === column && !order.up }
        for (const other of headings) set(other, { 'aria-sort': undefined })
        set(cell, { 'aria-sort': order.up ? 'ascending' : 'descending' })
        update(rows)
      })
      return cell
    }

    function fill(line: PageElement, row: Row): void {
      columns.forEach((column, at) => {
        fillCell(line.children[at] as PageElement, column, column.cell(row))
      })
    }
  }

  function columnOf<Row>({ kind, width }: Column<Row>): PageElement {
    const column = el('col', { class: kind })
    if (width) column.style.setProperty('width', width)
    return column
  }

  function cellOf<Row>({ kind, label }: Column<Row>): PageElement {
    return el('td', { class: kind, 'data-label': label })
  }

  function fillCell<Row>(
    element: PageElement,
    { kind }: Column<Row>,
    { text, title, tone, href, draw }: Cell,
  ): void {
    if (draw) {
      draw(element)
      set(element, { title })
      return
    }
    const classes = [kind, tone].filter(Boolean).join(' ')
    if (element.className !== classes) element.className = classes
    set(element, { title: title ?? text })
    if (href === undefined) {
      write(element, text)
      return
    }
    const link = element.firstElementChild ?? el('a')
    if (!link.parentElement) element.replaceChildren(link)
    set(link, { href })
    write(link, text)
  }

  /** From a link in one row to the link in another. */
  function target(pressed: string, from: PageElement): PageElement | null {
    const row = from.closest('tr')
    const all = [...(row?.parentElement?.children ?? [])]
    const at = row ? all.indexOf(row) : -1
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[pressed]
    return (to === undefined ? null : all[to]?.querySelector('a')) ?? null
  }
}
