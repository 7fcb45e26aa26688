import type { RequestRow, RequestsAnswer } from '../wire.ts'
import type { PageDocument, PageWindow } from './browser.ts'
import type { Kit, PageView } from './kit.ts'
import type { Visit } from './visit.ts'

declare const document: PageDocument
declare const window: PageWindow

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createRequestsView(
  { dom: { el, set, write }, format, tables, net, pieces }: Kit,
  visit: Visit,
): PageView {
  const KEPT = 300
  let rows: RequestRow[] = []
  let held: RequestRow[] = []
  let after: number | undefined
  const table = tables.create<RequestRow>({
    caption: 'Requests, the latest first',
    empty: 'No requests that fit, so far. They appear here as they come.',
    key: ({ id }) => String(id),
    columns: [
      {
        label: 'Path',
        kind: 'code',
        cell: ({ path, method, trace }) => ({
          text: `${method} ${path}`,
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
        label: 'Route',
        kind: 'code minor',
        width: '28%',
        cell: ({ route }) => ({ text: route ?? 'no route', tone: route ? '' : 'soft' }),
      },
      {
        label: 'Client',
        kind: 'code minor',
        width: '9rem',
        cell: ({ address }) => ({ text: address || '–' }),
      },
      {
        label: 'Ended',
        kind: 'number minor',
        width: '7rem',
        cell: ({ time }) => pieces.time(time),
      },
    ],
  })
  const fresh = el('button', { type: 'button', class: 'fresh', hidden: true })
  fresh.addEventListener('click', () => {
    window.scrollTo(0, 0)
    release()
  })
  const status = {
    name: 'status',
    label: 'Which requests',
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
      pieces.search(visit, 'Search path, status, trace, client', restart),
      pieces.choice(visit, status, restart),
      fresh,
    ),
    table.element,
  )
  return { title: 'Requests', element, every: 1_500, load, restart }

  function restart(): void {
    rows = []
    held = []
    after = undefined
    load()
  }

  async function load() {
    const asked = { search: visit.get('search'), status: visit.get('status') }
    const from = after
    const reply = await net.get<RequestsAnswer>('requests', { ...asked, after: from })
    // What was typed in the meantime asks anew.
    if (from !== after || asked.search !== visit.get('search')) {
      return { trouble: undefined, server: undefined }
    }
    return pieces.use(reply, (answer) => {
      after = answer.next
      held = [...answer.rows, ...held].slice(0, KEPT)
      if (from === undefined || !isRead()) release()
      else tell()
    })
  }

  /** What somebody reads must not move from under their eyes. */
  function isRead(): boolean {
    return window.scrollY > 60 || table.element.contains(document.activeElement)
  }

  function release(): void {
    rows = [...held, ...rows].slice(0, KEPT)
    held = []
    table.update(rows)
    tell()
  }

  function tell(): void {
    set(fresh, { hidden: held.length === 0 })
    write(fresh, `Show ${held.length}${held.length === KEPT ? '+' : ''} new`)
  }
}
