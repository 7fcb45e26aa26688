import type { RouteRow, RoutesAnswer, SeriesAnswer } from '../wire.ts'
import type { Kit, PageView } from './kit.ts'
import type { Visit } from './visit.ts'

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createRoutesView(
  { dom: { el, write }, format, charts, tables, net, pieces }: Kit,
  visit: Visit,
): PageView {
  const LENGTHS: Readonly<Record<string, number>> = { '5m': 300_000, '1h': 3_600_000 }
  const [method, route] = visit.id === '' ? [] : visit.id.split(/ (.*)/s)
  let rows: readonly RouteRow[] = []
  const clock = (at: number) => format.clock(at).slice(0, windowOf() === '5m' ? 8 : 5)
  const rate = charts.create({
    title: 'Requests',
    write: (value) => format.rate(value, 1_000),
    clock,
  })
  const errors = charts.create({
    title: 'Errors',
    write: (value) => format.share(value, 100),
    clock,
  })
  const latency = charts.create({ title: 'Duration', write: format.duration, clock })
  const table = tables.create<RouteRow>({
    caption: 'Routes',
    empty: 'No requests in this time.',
    key: ({ method: verb, route: path }) => `${verb} ${path}`,
    columns: [
      {
        label: 'Route',
        kind: 'code',
        sort: ({ route: path }) => path ?? '',
        cell: ({ method: verb, route: path }) => ({
          text: `${verb} ${path ?? 'no route'}`,
          href: `#/routes/${encodeURIComponent(path === null ? verb : `${verb} ${path}`)}${query()}`,
        }),
      },
      {
        label: 'Over time',
        kind: 'minor',
        width: '9rem',
        cell: ({ trend }) => ({ text: '', draw: (place) => charts.trend(place, trend) }),
      },
      {
        label: 'Rate',
        kind: 'number',
        width: '6.2rem',
        sort: ({ count }) => count,
        cell: ({ count }) => ({
          text: format.rate(count, length()),
          title: `${format.count(count)} requests`,
        }),
      },
      {
        label: 'Errors',
        kind: 'number',
        width: '5.4rem',
        sort: ({ errors: failed, count }) => failed / count,
        cell: ({ errors: failed, refusals, count }) => ({
          text: format.share(failed, count),
          tone: failed > 0 ? 'bad' : 'soft',
          title: `${format.count(failed)} failed, ${format.count(refusals)} refused`,
        }),
      },
      ...(['p50', 'p95', 'p99'] as const).map((name) => ({
        label: name,
        kind: name === 'p95' ? 'number' : 'number minor',
        width: '6.2rem',
        sort: (row: RouteRow) => row[name] ?? 0,
        cell: (row: RouteRow) => ({ text: format.duration(row[name]) }),
      })),
    ],
  })
  const about = el('p', { class: 'soft about' })
  const windows = {
    name: 'window',
    label: 'How far back',
    values: [
      ['5m', '5 minutes'],
      ['1h', '1 hour'],
      ['24h', '24 hours'],
    ],
  } as const
  const back = el('a', { class: 'back', href: `#/routes${query()}` }, 'All routes')
  const element = el(
    'div',
    {},
    el(
      'div',
      { class: 'tools' },
      method !== undefined && back,
      method === undefined && pieces.search(visit, 'Search routes', show),
      pieces.choice(visit, windows, () => load()),
    ),
    el('div', { class: 'charts' }, rate.element, errors.element, latency.element),
    method === undefined && table.element,
    about,
  )
  return { title: method === undefined ? 'Routes' : visit.id, element, every: 5_000, load }

  function windowOf(): string {
    return visit.get('window') || '5m'
  }

  function query(): string {
    return windowOf() === '5m' ? '' : `?window=${windowOf()}`
  }

  function length(): number {
    return LENGTHS[windowOf()] ?? 86_400_000
  }

  async function load() {
    const window = windowOf()
    const [series, routes] = await Promise.all([
      net.get<SeriesAnswer>('series', { window, method, route }),
      method === undefined ? net.get<RoutesAnswer>('routes', { window }) : undefined,
    ])
    if (routes?.ok && window === windowOf()) {
      rows = routes.answer.rows.toSorted((one, two) => two.count - one.count)
      show()
    }
    return pieces.use(series, (answer) => {
      if (answer.window === windowOf()) draw(answer)
    })
  }

  function show(): void {
    const fits = pieces.matcher(visit.get('search'))
    table.update(rows.filter(({ method: verb, route: path }) => fits(verb, path)))
  }

  function draw({
    points,
    start,
    step,
    total,
    now,
  }: SeriesAnswer & { readonly now: number }): void {
    const time = { start, step }
    // The last step is not over: what is counted of it is of a shorter time.
    const lengthOf = (at: number) =>
      at < points.length - 1 ? step : Math.max(1_000, now - start - at * step)
    rate.update({
      ...time,
      lines: [
        {
          label: 'all',
          tone: 'one',
          values: points.map(({ count }, at) => (count * 1_000) / lengthOf(at)),
        },
      ],
    })
    const shares = (name: 'errors' | 'refusals') =>
      points.map((point) => (point.count === 0 ? 0 : (point[name] / point.count) * 100))
    errors.update({
      ...time,
      lines: [
        { label: '4xx', tone: 'two', values: shares('refusals') },
        { label: '5xx', tone: 'bad', values: shares('errors') },
      ],
    })
    latency.update({
      ...time,
      lines: (['p99', 'p95', 'p50'] as const).map((name, at) => ({
        label: name,
        tone: ['three', 'two', 'one'][at] ?? '',
        values: points.map((point) => point[name]),
      })),
    })
    write(
      about,
      `${format.count(total.count)} requests, ${format.count(total.errors)} failed, ${format.count(total.refusals)} refused. ` +
        `Half took less than ${format.duration(total.p50)}, 95% less than ${format.duration(total.p95)}, 99% less than ${format.duration(total.p99)}.`,
    )
  }
}
