import { createServer } from 'node:http'
import { anyone, createApp, defineOperation } from 'plinth/http'
import { createSignals, createTrace, type SpanRecord, traced } from 'plinth/kernel'
import { type MonitorPart, openMonitor, type SamplingOptions } from 'plinth/monitor'
import * as v from 'valibot'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'

let peer: string

beforeAll(() => {
  const server = createServer((request, response) => response.end(request.headers['traceparent']))
  return new Promise<() => void>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      peer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
      resolve(() => server.close())
    })
  })
})

const operation = defineOperation()
const body = v.object({ sent: v.nullable(v.string()) })

/** A part that keeps what it is told. */
function recorder(wantsAll = false) {
  const spans: SpanRecord[] = []
  const lines: string[] = []
  const part: MonitorPart = {
    kind: 'monitor-part',
    name: 'recorder',
    open: () => ({
      wantsAll,
      listener: {
        span: (span) => void spans.push(span),
        log: ({ message }) => void lines.push(message),
      },
    }),
  }
  return { part, spans, lines }
}

function sampled(sampling: SamplingOptions, parts: readonly MonitorPart[]) {
  const signals = createSignals()
  const monitor = openMonitor({ signals, logs: false, metrics: { guard: anyone }, sampling, parts })
  onTestFinished(() => monitor.close())
  const operations = {
    ...monitor.operations,
    // Sends its trace on, and does something that takes part in it.
    work: operation({
      method: 'GET',
      path: '/work/:kind',
      params: v.object({ kind: v.string() }),
      guard: anyone,
      responses: { 200: body },
      handler: async ({ params, trace, fetch }) => {
        const answer = await traced(signals, { name: 'inner', scope: { trace } }, () => fetch(peer))
        if (params.kind === 'broken') throw new Error('broken')
        if (params.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, 60))
        return { status: 200, body: { sent: await answer.text() } }
      },
    }),
  }
  const app = createApp({ operations, signals })
  const ask = async (path: string, headers: Record<string, string> = {}) =>
    app.fetch(new Request(`http://localhost${path}`, { headers }))
  return { signals, ask }
}

describe('sampling', () => {
  it('keeps a share of traces, each as a whole', async () => {
    const { part, spans } = recorder()
    const { ask } = sampled({ ratio: 0.5 }, [part])
    for (let at = 0; at < 400; at += 1) await ask('/work/x')
    const traces = Map.groupBy(spans, ({ traceId }) => traceId)
    expect(traces.size).toBeGreaterThan(130)
    expect(traces.size).toBeLessThan(270)
    for (const trace of traces.values()) {
      expect(trace.map(({ kind }) => kind).toSorted()).toEqual(['client', 'internal', 'server'])
    }
  })

  it.each([
    [0.5, '80000000000000', true],
    [0.5, '7fffffffffffff', false],
    [0.25, 'c0000000000000', true],
    [0.25, 'bfffffffffffff', false],
    [0, 'ffffffffffffff', false],
  ])('agrees with others on the share %d of …%s: %s', (ratio, end, kept) => {
    const signals = createSignals()
    openMonitor({ logs: false, signals, sampling: { ratio } })
    expect(signals.sampler?.(`${'f'.repeat(18)}${end}`, undefined)).toBe(kept)
    expect(signals.sampler?.(`${'0'.repeat(18)}${end}`, undefined)).toBe(kept)
  })

  it('tells those whom it calls what it decided', async () => {
    const { part, spans } = recorder()
    const { ask } = sampled({ routes: { '/work/{kind}': 0 } }, [part])
    const answer = (await (await ask('/work/x')).json()) as { sent: string }
    expect(answer.sent).toMatch(/-00$/)
    expect(spans).toEqual([])
    const { ask: askKept } = sampled({ ratio: 0, routes: { '/work/{kind}': 1 } }, [part])
    const kept = (await (await askKept('/work/x')).json()) as { sent: string }
    expect(kept.sent).toMatch(/-01$/)
    expect(spans).toHaveLength(3)
  })

  it.each([
    ['01', 0, 3],
    ['00', 0.999, 0],
  ])('leaves the decision %s of the caller as it is', async (flags, ratio, count) => {
    const { part, spans } = recorder()
    const { ask } = sampled({ ratio }, [part])
    const { traceId, spanId } = createTrace()
    await ask('/work/x', { traceparent: `00-${traceId}-${spanId}-${flags}` })
    expect(spans).toHaveLength(count)
  })

  it('keeps all of a trace that failed, whatever its share', async () => {
    const { part, spans } = recorder()
    const { ask } = sampled({ ratio: 0 }, [part])
    expect((await ask('/work/broken')).status).toBe(500)
    await ask('/work/x')
    expect(spans.map(({ name, sampled }) => [name, sampled])).toEqual([
      ['GET', true],
      ['inner', true],
      ['GET /work/{kind}', true],
    ])
  })

  it('keeps all of a trace that was slow', async () => {
    const { part, spans } = recorder()
    const { ask } = sampled({ ratio: 0, slow: 50 }, [part])
    await ask('/work/slow')
    await ask('/work/x')
    expect(spans).toHaveLength(3)
  })

  it('decides by the default where no route matched', async () => {
    const { part, spans } = recorder()
    const { ask } = sampled({ ratio: 0 }, [part])
    await ask('/nowhere')
    expect(spans).toEqual([])
  })

  it('leaves metrics, the log and parts that want all as they are', async () => {
    const few = recorder()
    const all = recorder(true)
    const { ask, signals } = sampled({ ratio: 0 }, [few.part, all.part])
    for (let at = 0; at < 3; at += 1) await ask('/work/x')
    signals.log({ level: 'info', message: 'told' })
    expect([few.spans.length, all.spans.length]).toEqual([0, 9])
    expect([few.lines, all.lines]).toEqual([['told'], ['told']])
    expect(await (await ask('/metrics')).text()).toMatch(
      /http_server_request_duration_seconds_count\{.*work.*\} 3/,
    )
  })

  it('forgets the oldest that wait, and counts them', async () => {
    const { part, spans } = recorder()
    const { ask, signals } = sampled({ ratio: 0 }, [part])
    const waiting = { ...createTrace(), sampled: false }
    const record = (traceId: string): SpanRecord => ({
      ...{ ...waiting, traceId, name: 'orphan', kind: 'internal', parentSpanId: waiting.spanId },
      ...{ start: 0, duration: 1, attributes: {} },
    })
    for (let at = 0; at < 1500; at += 1) signals.span(record(String(at).padStart(32, '0')))
    for (let at = 0; at < 300; at += 1) signals.span(record('f'.repeat(32)))
    const text = await (await ask('/metrics')).text()
    expect(text).toMatch(/plinth_monitor_sampling_dropped_total 601\n/)
    expect(spans).toEqual([])
  })

  it.each([
    [{ ratio: 2 }, 'monitor.sampling.ratio'],
    [{ ratio: Number.NaN }, 'monitor.sampling.ratio'],
    [{ ratio: '0.5' }, 'monitor.sampling.ratio'],
    [{ routes: { '/a': -1 } }, 'monitor.sampling.routes["/a"]'],
    [{ slow: -1 }, 'monitor.sampling.slow'],
    [{ share: 1 }, 'monitor.sampling'],
  ])('refuses %j at the start', (sampling, place) => {
    const given = sampling as SamplingOptions
    expect(() => openMonitor({ signals: createSignals(), sampling: given })).toThrow(place)
  })
})
