import type { PageElement } from './browser.ts'
import type { Dom } from './dom.ts'

export interface Line {
  readonly label: string
  /** A name that the stylesheet has a colour for. */
  readonly tone: string
  readonly values: readonly (number | null | undefined)[]
}

export interface ChartData {
  readonly lines: readonly Line[]
  /** When the first value was, and how far apart they are, in milliseconds. */
  readonly start: number
  readonly step: number
}

export interface Chart {
  readonly element: PageElement
  update(data: ChartData): void
}

export interface ChartOptions {
  readonly title: string
  write(value: number): string
  clock(time: number): string
}

export interface Charts {
  /** Lines over time, with what they say at the pointer in the caption. */
  create(options: ChartOptions): Chart
  /** A row of bars without words, as high as a line of text. */
  trend(element: PageElement, values: readonly number[]): void
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createCharts({ el, svg, set, write, sync }: Dom): Charts {
  const WIDTH = 300
  const HEIGHT = 90
  return { create, trend }

  function create({ title, write: say, clock }: ChartOptions): Chart {
    const grid = svg('path', { class: 'grid', d: `M0 .5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}` })
    const lines = svg('g')
    const cross = svg('path', { class: 'cross' })
    const drawing = svg(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' },
      grid,
      lines,
      cross,
    )
    const legend = el('ul', { class: 'legend' })
    const when = el('span', { class: 'when' })
    const element = el(
      'figure',
      { class: 'chart' },
      el('figcaption', {}, el('strong', {}, title), when),
      el('div', { class: 'plot' }, drawing),
      legend,
    )
    let data: ChartData = { lines: [], start: 0, step: 1 }
    let pointed: number | undefined
    let scale = ''

    drawing.addEventListener('pointermove', ({ clientX }) => {
      const { left, width } = drawing.getBoundingClientRect()
      const last = lengthOf(data) - 1
      pointed = Math.min(last, Math.max(0, Math.round(((clientX - left) / width) * last)))
      tell()
    })
    drawing.addEventListener('pointerleave', () => {
      pointed = undefined
      tell()
    })
    return { element, update }

    function update(next: ChartData): void {
      data = next
      const highest = ceiling(
        Math.max(0, ...data.lines.flatMap(({ values }) => values.map((value) => value ?? 0))),
      )
      scale = `to ${say(highest)}`
      sync(lines, data.lines, {
        key: ({ label }) => label,
        make: ({ tone }) =>
          svg('g', { class: tone }, svg('path', { class: 'line' }), svg('path', { class: 'dots' })),
        update: (group, { values }) => {
          const { line, dots } = pathsOf(values, highest)
          set(group.firstElementChild as PageElement, { d: line })
          set(group.lastElementChild as PageElement, { d: dots })
        },
      })
      tell()
    }

    /** At the pointer, or else what came last. */
    function tell(): void {
      const last = lengthOf(data) - 1
      const at = pointed ?? last
      const x = last > 0 ? (at / last) * WIDTH : 0
      set(cross, { d: pointed === undefined ? 'M0 0' : `M${x} 0V${HEIGHT}` })
      write(when, pointed === undefined ? scale : clock(data.start + at * data.step))
      sync(legend, data.lines, {
        key: ({ label }) => label,
        make: ({ label, tone }) => el('li', { class: tone }, `${label} `, el('b')),
        update: (item, { values }) => {
          const value = values[at] ?? undefined
          write(item.lastElementChild as PageElement, value === undefined ? '–' : say(value))
        },
      })
      const words = data.lines.map(({ label, values }) => `${label} ${say(values[last] ?? 0)}`)
      set(drawing, { 'aria-label': `${title}, latest: ${words.join(', ')}` })
    }
  }

  function lengthOf({ lines }: ChartData): number {
    return lines[0]?.values.length ?? 0
  }

  /** The next of 1, 2, 5, 10, ...: what changes little leaves the scale as it is. */
  function ceiling(value: number): number {
    if (value <= 0) return 1
    const power = 10 ** Math.floor(Math.log10(value))
    return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power
  }

  /** Gaps stay gaps; a value alone becomes a dot, by a line of no length with round ends. */
  function pathsOf(values: Line['values'], highest: number): { line: string; dots: string } {
    const last = Math.max(1, values.length - 1)
    const isGap = (at: number) => values[at] === null || values[at] === undefined
    let line = ''
    let dots = ''
    values.forEach((value, at) => {
      if (value === null || value === undefined) return
      const x = ((at / last) * WIDTH).toFixed(1)
      const y = (HEIGHT - 2 - (value / highest) * (HEIGHT - 4)).toFixed(1)
      line += `${isGap(at - 1) ? 'M' : 'L'}${x} ${y}`
      if (isGap(at - 1) && isGap(at + 1)) dots += `M${x} ${y}h.01`
    })
    return { line: line || 'M0 0', dots: dots || 'M0 0' }
  }

  function trend(element: PageElement, values: readonly number[]): void {
    const highest = Math.max(1, ...values)
    const path = values
      .map((value, at) =>
        value === 0
          ? ''
          : `M${at + 0.5} 20V${(20 - Math.max(1.5, (value / highest) * 19)).toFixed(1)}`,
      )
      .join('')
    const drawing =
      element.firstElementChild ??
      svg('svg', { 'aria-hidden': 'true', preserveAspectRatio: 'none' }, svg('path'))
    if (!drawing.parentElement) element.append(drawing)
    set(drawing, { viewBox: `0 0 ${values.length} 20` })
    set(drawing.firstElementChild as PageElement, { d: path === '' ? 'M0 20' : path })
  }
}
