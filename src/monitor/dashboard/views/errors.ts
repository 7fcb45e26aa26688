import type { Operation } from '../../../http/index.ts'
import type { Show } from '../shown.ts'
import type { ErrorGroup } from '../store/errors.ts'
import type { Store } from '../store/store.ts'
import type { ErrorAnswer, ErrorRow, ErrorsAnswer } from '../wire.ts'
import { toShownFailure } from './failure-shown.ts'
import { type Answering, plain, view } from './view.ts'

/** Errors by what makes them alike, the latest first, and one of them in full. */
export function errorsViews(answering: Answering, store: Store): Record<string, Operation> {
  const { show } = answering
  return {
    dashboardErrors: view(answering, 'errors', {
      query: plain,
      answer: (): ErrorsAnswer => {
        store.settle()
        const { errors } = store
        return {
          rows: [...errors.list()].reverse().map((group) => toRow(show, group)),
          forgotten: errors.forgotten,
        }
      },
    }),
    dashboardError: view(answering, 'errors/:id', {
      query: plain,
      answer: (_, { id = '' }): ErrorAnswer => {
        store.settle()
        const group = store.errors.find(id)
        if (!group) return { row: null, failure: null }
        return { row: toRow(show, group), failure: toShownFailure(show, group.failure) }
      },
    }),
  }
}

function toRow(
  show: Show,
  { id, failure, route, count, first, last, trace }: ErrorGroup,
): ErrorRow {
  const { type, message, place } = failure
  return {
    id,
    type: show.line(type, 100),
    message: show.line(message, 300),
    place: show.line(place, 200),
    route: route === undefined ? null : show.line(route),
    count,
    first,
    last,
    trace: trace ?? null,
  }
}
