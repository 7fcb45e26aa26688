import * as v from 'valibot'
import type { Operation } from '../../../http/index.ts'
import { PlinthError } from '../../../kernel/index.ts'
import { WINDOWS, type WindowName } from '../store/series.ts'
import type { Store } from '../store/store.ts'
import type { RoutesAnswer, SeriesAnswer } from '../wire.ts'
import { type Answering, text, view } from './view.ts'

const names = Object.keys(WINDOWS) as WindowName[]
const window = v.optional(v.picklist(names), '5m')

/** Every route with its figures, and those of one, or of all, over time. */
export function routesViews(answering: Answering, store: Store): Record<string, Operation> {
  return {
    dashboardRoutes: view(answering, 'routes', {
      query: v.object({ window }),
      answer: (asked): RoutesAnswer => listRoutes(answering, store, asked.window),
    }),
    dashboardSeries: view(answering, 'series', {
      query: v.object({ window, method: text, route: text }),
      answer: (asked): SeriesAnswer => {
        store.settle()
        const { routes } = store
        const { method, route } = asked
        const series = method === undefined ? routes.all : routes.find(method, route)?.series
        if (!series) throw notFound()
        const { length, step } = WINDOWS[asked.window]
        const now = answering.now()
        return {
          window: asked.window,
          step,
          start: (Math.floor(now / step) + 1) * step - length,
          points: series.points(WINDOWS[asked.window], now),
          total: series.total(WINDOWS[asked.window], now),
        }
      },
    }),
  }
}

function listRoutes({ show, now: clock }: Answering, store: Store, name: WindowName): RoutesAnswer {
  store.settle()
  const now = clock()
  const chosen = WINDOWS[name]
  const rows = [...store.routes.list()].flatMap(({ method, route, series }) => {
    const total = series.total(chosen, now)
    if (total.count === 0) return []
    const trend = series.points(chosen, now).map(({ count }) => count)
    return [{ ...total, method: show.line(method), route: route ? show.line(route) : null, trend }]
  })
  return { window: name, step: chosen.step, rows, beyond: store.routes.beyond }
}

function notFound(): PlinthError<'not_found'> {
  return new PlinthError('not_found', 'There were no requests for this.', { status: 404 })
}
