import type { AuditAnswer, AuditRow, EventsAnswer, LineRow } from '../wire.ts'
import type { Kit, PageView } from './kit.ts'
import type { Visit } from './visit.ts'

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createSignInsView(
  { dom: { el }, tables, net, pieces }: Kit,
  visit: Visit,
): PageView {
  const of = ({ attributes }: LineRow, name: string) =>
    attributes.find(([known]) => known === name)?.[1]
  const table = tables.create<LineRow>({
    caption: 'Sign-ins and denials, the latest first',
    empty: 'No sign-ins and no denials that fit.',
    key: ({ time, span, event, attributes }) => `${time} ${span} ${event} ${attributes.flat()}`,
    columns: [
      {
        label: 'What',
        cell: (row) => ({
          text: row.message,
          tone: row.level === 'warn' || row.level === 'error' ? 'warn' : '',
          ...(row.trace ? { href: `#/traces/${row.trace}` } : {}),
        }),
      },
      {
        label: 'Event',
        kind: 'code minor',
        width: '13rem',
        cell: ({ event }) => ({ text: event ?? '' }),
      },
      {
        label: 'User',
        kind: 'code',
        width: '26%',
        cell: (row) => ({ text: of(row, 'plinth.user.id') ?? of(row, 'user.id') ?? '–' }),
      },
      {
        label: 'Client',
        kind: 'code minor',
        width: '9rem',
        cell: (row) => ({ text: of(row, 'client.address') ?? '–' }),
      },
      {
        label: 'Why',
        kind: 'minor',
        width: '16%',
        cell: (row) => ({ text: of(row, 'plinth.auth.reason') ?? of(row, 'error.type') ?? '' }),
      },
      { label: 'When', kind: 'number', width: '7rem', cell: ({ time }) => pieces.time(time) },
    ],
  })
  const element = el(
    'div',
    {},
    el(
      'div',
      { class: 'tools' },
      pieces.search(visit, 'Search event, user, client', () => load()),
    ),
    table.element,
  )
  return { title: 'Sign-ins', element, every: 3_000, load }

  async function load() {
    const search = visit.get('search')
    return pieces.use(await net.get<EventsAnswer>('sign-ins', { search }), ({ rows }) => {
      if (search === visit.get('search')) table.update(rows)
    })
  }
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createAuditView({ dom: { el }, tables, net, pieces }: Kit, visit: Visit): PageView {
  const table = tables.create<AuditRow>({
    caption: 'Audit log, the latest first',
    empty: 'No entries that fit.',
    key: ({ id }) => id,
    columns: [
      { label: 'Action', kind: 'code', cell: ({ action }) => ({ text: action }) },
      { label: 'Who', kind: 'code', width: '22%', cell: ({ actor }) => ({ text: actor || '–' }) },
      {
        label: 'What',
        kind: 'code minor',
        width: '22%',
        cell: ({ target }) => ({ text: target || '–' }),
      },
      {
        label: 'Details',
        kind: 'minor',
        cell: ({ details }) => ({
          text: details.map(([name, value]) => `${name}: ${value}`).join(', '),
        }),
      },
      { label: 'When', kind: 'number', width: '7rem', cell: ({ time }) => pieces.time(time) },
    ],
  })
  const element = el(
    'div',
    {},
    el(
      'div',
      { class: 'tools' },
      pieces.search(visit, 'Who, event, table, row or client, in full', () => load()),
    ),
    table.element,
  )
  return { title: 'Audit', element, every: 10_000, load }

  async function load() {
    const search = visit.get('search')
    return pieces.use(await net.get<AuditAnswer>('audit', { search }), ({ rows }) => {
      if (search === visit.get('search')) table.update(rows)
    })
  }
}
