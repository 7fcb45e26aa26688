import type { Operation } from '../../../http/index.ts'
import type { CheckResult } from '../../health.ts'
import type { MonitorPorts } from '../../part.ts'
import type { Show } from '../shown.ts'
import type { CheckRow, FigureRow, HealthAnswer } from '../wire.ts'
import { type Answering, plain, view } from './view.ts'

const FIGURES = 500

/** What the checks of `/ready` gave, and gauges and counters as they stand. */
export function healthView(answering: Answering, { readiness, metrics }: MonitorPorts): Operation {
  return view(answering, 'health', {
    query: plain,
    answer: async (): Promise<HealthAnswer> => {
      const results = await readiness.results()
      const checks = results.map((result) => rowOf(answering.show, result))
      return { checks, figures: figuresOf(answering.show, metrics) }
    },
  })
}

function rowOf(show: Show, { name, ok, duration, error }: CheckResult): CheckRow {
  const reason = ok ? '' : show.line(error instanceof Error ? error.message : error, 300)
  return { name: show.line(name, 100), ok, reason, duration }
}

function figuresOf(show: Show, metrics: MonitorPorts['metrics']): FigureRow[] {
  const figures: FigureRow[] = []
  for (const { name, unit, series } of metrics.families()) {
    for (const { labels, value, histogram } of series.values()) {
      if (histogram) continue
      if (figures.length >= FIGURES) return figures
      const text = labels.map(([label, given]) => `${label}=${given}`).join(', ')
      figures.push({ name: show.line(name, 100), labels: show.line(text, 300), unit, value })
    }
  }
  return figures
}
