import type { RequestRow, RequestsAnswer } from '../wire.ts'
import type { Kit, PageView } from './kit.ts'
import type { Visit } from './visit.ts'

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createTracesView(
  { dom: { el, write }, format, tables, net, pieces }: Kit,
  visit: Visit,
): PageView {
  const table = tables.create<RequestRow>({
    caption: 'Traces',
    empty: 'No traces that fit.',
    key: ({ id }) => String(id),
    columns: [
      {
        label: 'Trace',
        kind: 'code',
        cell: ({ method, route, path, trace }) => ({
          text: `${method} ${route ?? path}`,
          title: path,
          href: `#/traces/${trace}`,
        }),
      },
      { label: 'Status', width: '5.2rem', cell: ({ status }) => pieces.status(status) },
      {
        label: 'Took',
        kind: 'number',
        width: '7rem',
        cell: ({ duration }) => ({ text: format.duration(duration) }),
      },
      {
        label: 'Trace id',
        kind: 'code minor',
        width: '20rem',
        cell: ({ trace }) => ({ text: trace, tone: 'soft' }),
      },
      {
        label: 'Ended',
        kind: 'number minor',
        width: '7rem',
        cell: ({ time }) => pieces.time(time),
      },
    ],
  })
  const about = el('p', { class: 'soft about' })
  const order = {
    name: 'order',
    label: 'Order',
    values: [
      ['slowest', 'Slowest'],
      ['latest', 'Latest'],
    ],
  } as const
  const status = {
    name: 'status',
    label: 'Which traces',
    values: [
      ['', 'All'],
      ['refused', '4xx'],
      ['failed', '5xx'],
    ],
  } as const
  const element = el(
    'div',
    {},
    el(
      'div',
      { class: 'tools' },
      pieces.search(visit, 'Search route, path, status, trace', () => load()),
      pieces.choice(visit, order, () => load()),
      pieces.choice(visit, status, () => load()),
    ),
    table.element,
    about,
  )
  return { title: 'Traces', element, every: 5_000, load }

  async function load() {
    const asked = {
      search: visit.get('search'),
      status: visit.get('status'),
      order: visit.get('order') || 'slowest',
    }
    const reply = await net.get<RequestsAnswer>('requests', asked)
    return pieces.use(reply, ({ rows, more }) => {
      if (asked.search !== visit.get('search')) return
      table.update(rows)
      write(about, more ? `The first ${rows.length}; there are more that fit.` : '')
    })
  }
}
