import type { QueriesAnswer, RepeatedRow, SlowRow, StatementRow } from '../wire.ts'
import type { Kit, PageView } from './kit.ts'
import type { Visit } from './visit.ts'

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createQueriesView(
  { dom: { el, set }, format, tables, net, pieces }: Kit,
  visit: Visit,
): PageView {
  let answer: (QueriesAnswer & { readonly now: number }) | undefined
  const repeated = tables.create<RepeatedRow>({
    caption: 'Repeated within one request',
    empty: 'No statement ran five times or more for one request of late.',
    key: ({ route, summary, sql }) => `${route} ${sql ?? summary}`,
    columns: [
      {
        label: 'Statement',
        kind: 'code',
        cell: ({ summary, sql, trace }) => ({
          text: sql ?? summary,
          title: sql ?? summary,
          href: `#/traces/${trace}`,
        }),
      },
      {
        label: 'Times',
        kind: 'number',
        width: '5rem',
        sort: ({ most }) => most,
        cell: ({ most }) => ({ text: `× ${format.count(most)}`, tone: 'warn' }),
      },
      {
        label: 'Requests',
        kind: 'number minor',
        width: '6rem',
        sort: ({ requests }) => requests,
        cell: ({ requests }) => ({ text: format.count(requests) }),
      },
      { label: 'Route', kind: 'code minor', width: '30%', cell: ({ route }) => ({ text: route }) },
    ],
  })
  const slow = tables.create<SlowRow>({
    caption: 'Reported as slow',
    empty: '',
    key: ({ time, trace, message }) => `${time} ${trace} ${message}`,
    columns: [
      {
        label: 'What',
        cell: ({ message, trace }) => ({
          text: message,
          ...(trace ? { href: `#/traces/${trace}` } : {}),
        }),
      },
      {
        label: 'When',
        kind: 'number',
        width: '7.2rem',
        cell: ({ time }) => pieces.ago(time, answer?.now ?? time),
      },
    ],
  })
  const figure = (
    label: string,
    minor: boolean,
    value: (row: StatementRow) => number,
    say: (value: number) => string,
  ) => ({
    label,
    kind: minor ? 'number minor' : 'number',
    width: '6.4rem',
    sort: value,
    cell: (row: StatementRow) => ({ text: say(value(row)) }),
  })
  const statements = tables.create<StatementRow>({
    caption: 'Statements since the start, by the time they took in all',
    empty: 'No statements so far.',
    key: ({ summary, sql }) => sql ?? summary,
    columns: [
      {
        label: 'Statement',
        kind: 'code',
        cell: ({ summary, sql, trace }) => ({
          text: sql ?? summary,
          title: sql ?? summary,
          href: `#/traces/${trace}`,
        }),
      },
      figure('Runs', true, ({ count }) => count, format.count),
      figure('Total', false, ({ total }) => total, format.duration),
      figure('p50', true, ({ p50 }) => p50, format.duration),
      figure('p95', true, ({ p95 }) => p95, format.duration),
      figure('Longest', false, ({ longest }) => longest, format.duration),
      {
        label: 'Failed',
        kind: 'number minor',
        width: '5.4rem',
        sort: ({ errors }) => errors,
        cell: ({ errors }) => ({
          text: format.count(errors),
          tone: errors > 0 ? 'bad' : 'soft',
        }),
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
    el('div', { class: 'tools' }, pieces.search(visit, 'Search statements', show)),
    slow.element,
    repeated.element,
    statements.element,
  )
  set(element, { class: 'stack' })
  return { title: 'Queries', element, every: 5_000, load }

  async function load() {
    return pieces.use(await net.get<QueriesAnswer>('queries'), (given) => {
      answer = given
      show()
    })
  }

  function show(): void {
    if (!answer) return
    const fits = pieces.matcher(visit.get('search'))
    const reported = answer.slow.filter(({ message }) => fits(message))
    // Nothing was, or nobody reports it: that needs no words.
    set(slow.element, { hidden: answer.slow.length === 0 })
    slow.update(reported)
    repeated.update(answer.repeated.filter((row) => fits(row.sql, row.summary, row.route)))
    statements.update(answer.statements.filter((row) => fits(row.sql, row.summary)))
  }
}
