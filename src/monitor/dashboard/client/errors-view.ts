import type { ErrorAnswer, ErrorRow, ErrorsAnswer } from '../wire.ts'
import type { Kit, PageView } from './kit.ts'
import type { Visit } from './visit.ts'

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createErrorsView(
  { dom: { el }, format, tables, net, pieces }: Kit,
  visit: Visit,
): PageView {
  let answer: (ErrorsAnswer & { readonly now: number }) | undefined
  const table = tables.create<ErrorRow>({
    caption: 'Errors by type, place and route, the latest first',
    empty: 'No errors so far.',
    key: ({ id }) => id,
    columns: [
      {
        label: 'Error',
        cell: ({ id, type, message }) => ({
          text: `${type}: ${message}`,
          href: `#/errors/${id}`,
        }),
      },
      {
        label: 'Count',
        kind: 'number',
        width: '5.4rem',
        sort: ({ count }) => count,
        cell: ({ count }) => ({ text: format.count(count), tone: 'bad' }),
      },
      {
        label: 'Route',
        kind: 'code minor',
        width: '22%',
        cell: ({ route }) => ({ text: route ?? 'no request', tone: route ? '' : 'soft' }),
      },
      {
        label: 'Place',
        kind: 'code minor',
        width: '20%',
        cell: ({ place }) => ({ text: place || '–' }),
      },
      {
        label: 'First',
        kind: 'number minor',
        width: '7.2rem',
        sort: ({ first }) => first,
        cell: ({ first }) => pieces.ago(first, answer?.now ?? first),
      },
      {
        label: 'Last',
        kind: 'number minor',
        width: '7.2rem',
        sort: ({ last }) => last,
        cell: ({ last }) => pieces.ago(last, answer?.now ?? last),
      },
    ],
  })
  const element = el(
    'div',
    {},
    el('div', { class: 'tools' }, pieces.search(visit, 'Search errors', show)),
    table.element,
  )
  return { title: 'Errors', element, every: 5_000, load }

  async function load() {
    return pieces.use(await net.get<ErrorsAnswer>('errors'), (given) => {
      answer = given
      show()
    })
  }

  function show(): void {
    const fits = pieces.matcher(visit.get('search'))
    const rows = answer?.rows ?? []
    table.update(rows.filter((row) => fits(row.type, row.message, row.place, row.route)))
  }
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createErrorView(
  { dom: { el, write }, format, net, pieces }: Kit,
  visit: Visit,
): PageView {
  const about = el('p', { class: 'soft about' })
  const trace = el('p', {})
  const body = el('div')
  let shown = ''
  const element = el(
    'div',
    {},
    el('div', { class: 'tools' }, el('a', { class: 'back', href: '#/errors' }, 'Errors')),
    about,
    trace,
    body,
  )
  return { title: 'Error', element, every: 5_000, load }

  async function load() {
    const reply = await net.get<ErrorAnswer>(`errors/${encodeURIComponent(visit.id)}`)
    return pieces.use(reply, ({ row, failure, now }) => {
      if (!row || !failure) {
        write(about, 'Nothing is kept of this error.')
        return
      }
      const times = row.count === 1 ? 'Once' : `${format.count(row.count)} times`
      const first = `first ${format.ago(row.first, now)} (${format.utc(row.first)})`
      write(
        about,
        `${times}${row.route ? ` at ${row.route}` : ''}: ${first}, last ${format.ago(row.last, now)} (${format.utc(row.last)}).`,
      )
      const text = JSON.stringify(failure) + row.trace
      if (text === shown) return
      shown = text
      body.replaceChildren(pieces.failure(failure))
      if (row.trace)
        trace.replaceChildren(el('a', { href: `#/traces/${row.trace}` }, 'Trace of the latest'))
    })
  }
}
