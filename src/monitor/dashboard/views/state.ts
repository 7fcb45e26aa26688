import type { Operation } from '../../../http/index.ts'
import { WINDOWS } from '../store/series.ts'
import type { Store } from '../store/store.ts'
import type { StateAnswer, ViewName } from '../wire.ts'
import { type Answering, plain, view } from './view.ts'

export interface State {
  readonly views: readonly ViewName[]
  readonly development: boolean
  readonly store: Store | undefined
}

/** What there is to be seen, and how all is going. */
export function stateView(answering: Answering, { views, development, store }: State): Operation {
  const since = answering.now()
  return view(answering, 'state', {
    query: plain,
    answer: (): StateAnswer => {
      store?.settle()
      return {
        views,
        since,
        development,
        summary: store?.routes.all.total(WINDOWS['5m'], answering.now()) ?? null,
        kept: store
          ? {
              spans: store.spans.next - store.spans.first,
              lines: store.lines.next - store.lines.first,
              bytes: store.spans.bytes + store.lines.bytes + store.events.bytes,
            }
          : null,
      }
    },
  })
}
