import type { CheckRow, FigureRow, HealthAnswer, TableRow, TablesAnswer } from '../wire.ts'
import type { Kit, PageView } from './kit.ts'
import type { Visit } from './visit.ts'

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createHealthView(
  { dom: { el }, format, tables, net, pieces }: Kit,
  visit: Visit,
): PageView {
  let answer: HealthAnswer | undefined
  const checks = tables.create<CheckRow>({
    caption: 'Checks',
    empty: 'There are no checks.',
    key: ({ name }) => name,
    columns: [
      { label: 'Check', width: '30%', cell: ({ name }) => ({ text: name }) },
      {
        label: 'State',
        cell: ({ ok, reason }) => ({
          text: ok ? 'Well' : `Failed: ${reason}`,
          tone: ok ? 'good' : 'bad',
        }),
      },
      {
        label: 'Took',
        kind: 'number',
        width: '6rem',
        cell: ({ duration }) => ({ text: format.duration(duration) }),
      },
    ],
  })
  const figures = tables.create<FigureRow>({
    caption: 'Gauges and counters',
    empty: 'Nothing was measured so far.',
    key: ({ name, labels }) => `${name} ${labels}`,
    columns: [
      { label: 'Name', kind: 'code', cell: ({ name }) => ({ text: name }) },
      {
        label: 'Of',
        kind: 'code minor',
        width: '40%',
        cell: ({ labels }) => ({ text: labels || '–', tone: 'soft' }),
      },
      {
        label: 'Value',
        kind: 'number',
        width: '9rem',
        cell: ({ value, unit }) => ({ text: format.figure(value, unit) }),
      },
    ],
  })
  const element = el(
    'div',
    { class: 'stack' },
    el('div', { class: 'tools' }, pieces.search(visit, 'Search gauges and counters', show)),
    checks.element,
    figures.element,
  )
  return { title: 'Health', element, every: 5_000, load }

  async function load() {
    return pieces.use(await net.get<HealthAnswer>('health'), (given) => {
      answer = given
      show()
    })
  }

  function show(): void {
    if (!answer) return
    const fits = pieces.matcher(visit.get('search'))
    checks.update(answer.checks)
    figures.update(answer.figures.filter(({ name, labels }) => fits(name, labels)))
  }
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createTablesView(
  { dom: { el }, format, tables, net, pieces }: Kit,
  visit: Visit,
): PageView {
  let rows: readonly TableRow[] = []
  let now = 0
  const table = tables.create<TableRow>({
    caption: 'Tables and their rows',
    empty: 'No tables that fit.',
    key: ({ name }) => name,
    columns: [
      {
        label: 'Table',
        kind: 'code',
        sort: ({ name }) => name,
        cell: ({ name }) => ({ text: name }),
      },
      {
        label: 'Rows',
        kind: 'number',
        width: '9rem',
        sort: ({ rows: count }) => count ?? -1,
        cell: ({ rows: count }) =>
          count === null ? { text: 'not counted', tone: 'soft' } : { text: format.count(count) },
      },
      {
        label: 'Counted',
        kind: 'number minor',
        width: '8rem',
        cell: ({ time }) => (time === 0 ? { text: '–' } : pieces.ago(time, now)),
      },
    ],
  })
  const element = el(
    'div',
    {},
    el('div', { class: 'tools' }, pieces.search(visit, 'Search tables', show)),
    table.element,
    el(
      'p',
      { class: 'soft about' },
      'Rows are counted once a minute at most, large tables less often.',
    ),
  )
  return { title: 'Tables', element, every: 15_000, load }

  async function load() {
    return pieces.use(await net.get<TablesAnswer>('tables'), (answer) => {
      rows = answer.rows
      now = answer.now
      show()
    })
  }

  function show(): void {
    const fits = pieces.matcher(visit.get('search'))
    table.update(
      rows
        .filter(({ name }) => fits(name))
        .toSorted((one, two) => (two.rows ?? 0) - (one.rows ?? 0)),
    )
  }
}
