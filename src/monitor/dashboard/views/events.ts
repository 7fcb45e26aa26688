import * as v from 'valibot'
import type { Operation } from '../../../http/index.ts'
import type { Store } from '../store/store.ts'
import { latest } from '../store/traces.ts'
import type { EventsAnswer, LineRow } from '../wire.ts'
import { toLineRow } from './line-row.ts'
import { type Answering, text, view } from './view.ts'

const ROWS = 200

/** Sign-ins, denials and what else auth reports, the latest first. */
export function eventsView(answering: Answering, { events }: Store): Operation {
  return view(answering, 'sign-ins', {
    query: v.object({ search: text }),
    answer: ({ search = '' }): EventsAnswer => {
      const wanted = search.toLowerCase()
      const rows = latest(
        events,
        { limit: wanted === '' ? ROWS : Number.POSITIVE_INFINITY },
        () => true,
      )
        .map((line) => toLineRow(answering.show, line))
        .filter((row) => wanted === '' || textOf(row).includes(wanted))
      return { rows: rows.slice(0, ROWS) }
    },
  })
}

function textOf({ message, event, attributes }: LineRow): string {
  return `${message} ${event} ${attributes.flat().join(' ')}`.toLowerCase()
}
