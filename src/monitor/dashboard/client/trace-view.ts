import type { LineRow, SpanRow, TraceAnswer } from '../wire.ts'
import type { PageElement } from './browser.ts'
import type { Child } from './dom.ts'
import type { Kit, PageView } from './kit.ts'
import type { Outcome, Visit } from './visit.ts'

/** One trace as a waterfall: what ran within what, and when. It is looked at once, not again and again. */
export function createTraceView(
  { dom: { el, write, sync }, format, net, pieces }: Kit,
  visit: Visit,
): PageView {
  interface Item {
    readonly key: string
    readonly depth: number
    readonly span?: SpanRow
    readonly line?: LineRow
    /** Milliseconds from the beginning. */
    readonly from: number
    readonly length: number
  }

  let complete = false
  const about = el('p', { class: 'soft about' })
  const list = el('ol', { class: 'waterfall', 'aria-label': 'Spans and lines of the log, by time' })
  list.addEventListener('keydown', (event) => {
    const all = [...list.querySelectorAll('summary')]
    const at = all.indexOf(event.target)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (at < 0 || to === undefined) return
    event.preventDefault()
    all[to]?.focus()
  })
  const element = el(
    'div',
    {},
    el('div', { class: 'tools' }, el('a', { class: 'back', href: '#/traces' }, 'Traces')),
    about,
    list,
  )
  return { title: 'Trace', element, every: 4_000, load }

  async function load(): Promise<Outcome> {
    if (complete) return { trouble: undefined, server: undefined }
    const reply = await net.get<TraceAnswer>(`traces/${encodeURIComponent(visit.id)}`)
    return pieces.use(reply, show)
  }

  function show({ trace, spans, lines, more }: TraceAnswer): void {
    if (spans.length + lines.length === 0) {
      write(
        about,
        `Nothing is kept of trace ${trace}. It came before what is kept, or from elsewhere.`,
      )
      return
    }
    // A trace whose request has ended gets nothing more, or little.
    complete = spans.some(({ kind }) => kind === 'server')
    const start = Math.min(...spans.map(({ time }) => time), ...lines.map(({ time }) => time))
    const items = arranged(spans, lines, start)
    const whole = Math.max(0.001, ...items.map(({ from, length }) => from + length))
    const queries = spans.filter((span) => has(span, 'db.query.summary'))
    const time = queries.reduce((sum, { duration }) => sum + duration, 0)
    write(
      about,
      `${trace}: ${format.duration(whole)}, began ${format.clock(start)}; ` +
        `${count(spans.length, 'span')}, ${count(queries.length, 'statement')} in ${format.duration(time)}` +
        `${lines.length > 0 ? `, ${count(lines.length, 'line')} of the log` : ''}` +
        `${more ? '. There may be more than are shown' : ''}.`,
    )
    sync(list, items, { key: ({ key }) => key, make: (item) => rowOf(item, whole) })
  }

  function count(number: number, name: string): string {
    return `${format.count(number)} ${name}${number === 1 ? '' : 's'}`
  }

  /** Children below their parents, by when they began; lines of the log below the span they belong to. */
  function arranged(
    spans: readonly SpanRow[],
    lines: readonly LineRow[],
    start: number,
  ): readonly Item[] {
    const known = new Set(spans.map(({ id }) => id))
    const below = Map.groupBy(spans, ({ parent }) =>
      parent !== null && known.has(parent) ? parent : '',
    )
    const said = Map.groupBy(lines, ({ span }) => (span !== null && known.has(span) ? span : ''))
    const items: Item[] = []
    const seen = new Set<string>()
    add('', 0, { from: 0, length: Number.POSITIVE_INFINITY })
    return items

    function add(parent: string, depth: number, bounds: { from: number; length: number }): void {
      const inner: Item[] = []
      for (const span of below.get(parent) ?? []) {
        // Clocks count whole milliseconds: what began within its parent is not shown outside of it.
        const end = bounds.from + bounds.length - span.duration
        const from = Math.max(bounds.from, Math.min(span.time - start, end))
        inner.push({ key: span.id, depth, span, from, length: span.duration })
      }
      for (const [at, line] of (said.get(parent) ?? []).entries()) {
        const from = Math.max(bounds.from, Math.min(line.time - start, bounds.from + bounds.length))
        inner.push({ key: `${parent}-${at}`, depth, line, from, length: 0 })
      }
      inner.sort((one, two) => one.from - two.from)
      for (const item of inner) {
        if (seen.has(item.key)) continue
        seen.add(item.key)
        items.push(item)
        if (item.span && depth < 40) add(item.span.id, depth + 1, item)
      }
    }
  }

  function rowOf({ span, line, depth, from, length }: Item, whole: number): PageElement {
    const bar = el('span', { class: `bar ${span ? toneOf(span) : `line ${line?.level}`}` })
    bar.style.setProperty('left', `${((from / whole) * 100).toFixed(3)}%`)
    bar.style.setProperty('width', `${((length / whole) * 100).toFixed(3)}%`)
    const name = el('span', { class: 'name' }, span?.name ?? line?.message ?? '')
    name.style.setProperty('padding-left', `${Math.min(depth, 12) * 0.9}rem`)
    const took = span ? format.duration(span.duration) : (line?.level ?? '')
    const summary = el(
      'summary',
      {},
      name,
      el('span', { class: 'track', 'aria-hidden': 'true' }, bar),
      el('span', { class: 'took' }, took),
    )
    return el(
      'li',
      {},
      el('details', {}, summary, el('div', { class: 'inside' }, ...inside(span, line))),
    )
  }

  function toneOf(span: SpanRow): string {
    if (span.failed) return 'bad'
    if (has(span, 'db.query.summary')) return 'query'
    if (has(span, 'db.system.name')) return 'internal'
    return span.kind === 'client' ? 'call' : span.kind
  }

  function has({ attributes }: SpanRow, name: string): boolean {
    return attributes.some(([known]) => known === name)
  }

  function inside(span: SpanRow | undefined, line: LineRow | undefined): readonly Child[] {
    const attributes = span?.attributes ?? line?.attributes ?? []
    return [
      span?.sql ? pieces.code(span.sql) : undefined,
      line?.failure ? pieces.failure(line.failure) : undefined,
      attributes.length > 0 ? pieces.pairs(attributes) : undefined,
      span && el('p', { class: 'soft' }, `Began ${format.utc(span.time)}`),
      line && el('p', { class: 'soft' }, `Written ${format.utc(line.time)}`),
    ]
  }
}
