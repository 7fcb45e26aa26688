import { anyone, createApp } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import { type Conventions, type MonitorOptions, openMonitor } from 'plinth/monitor'
import { describe, expect, it, onTestFinished } from 'vitest'

/** Everything that is written of a sign-in, of the process and of a pool. */
async function write(options: MonitorOptions): Promise<{ log: string; metrics: string }> {
  const signals = createSignals()
  let log = ''
  const monitor = openMonitor({
    signals,
    metrics: { guard: anyone },
    logs: {
      write: (lines) => {
        log += lines
      },
    },
    gauges: () => [
      {
        name: 'plinth.data.pool.connections',
        type: 'gauge',
        unit: '{connection}',
        value: 3,
        attributes: { 'plinth.data.pool.state': 'idle' },
      },
      { name: 'plinth.data.pool.waiting', type: 'gauge', unit: '{transaction}', value: 2 },
    ],
    ...options,
  })
  onTestFinished(() => monitor.close())
  const attributes = { 'plinth.user.id': 'u1', 'plinth.session.id': 's1', 'client.address': '::1' }
  signals.log({ level: 'error', message: 'signed in', event: 'auth.sign_in', attributes })
  const app = createApp({ operations: monitor.operations, signals })
  const response = await app.fetch(new Request('http://localhost/metrics'))
  return { log, metrics: await response.text() }
}

describe('names of OpenTelemetry that are still in development', () => {
  it('are left alone by default', async () => {
    const { log, metrics } = await write({})
    expect(JSON.parse(log)).toMatchObject({ 'plinth.user.id': 'u1', 'plinth.session.id': 's1' })
    expect(metrics).toContain('plinth_process_cpu_time_seconds_total{plinth_cpu_mode="user"}')
    expect(metrics).toContain('plinth_data_pool_connections{plinth_data_pool_state="idle"} 3')
    expect(metrics).not.toMatch(/^(process|nodejs|db_client_connection)_/m)
  })

  it('are used where they are asked for', async () => {
    const { log, metrics } = await write({ conventions: 'development' })
    const line = JSON.parse(log)
    expect(line).toMatchObject({ 'user.id': 'u1', 'session.id': 's1', 'client.address': '::1' })
    expect(line).not.toHaveProperty(['plinth.user.id'])
    expect(metrics).toContain('process_cpu_time_seconds_total{cpu_mode="user"}')
    expect(metrics).toContain('db_client_connection_count{db_client_connection_state="idle"} 3')
    expect(metrics).toContain('db_client_connection_pending_requests 2')
    expect(metrics).toContain('nodejs_eventloop_utilization')
    expect(metrics).toContain('plinth_process_gc_time_seconds_total')
    expect(metrics).not.toMatch(/plinth_(data_pool|process_cpu|process_memory)/)
  })

  it('are refused when misspelt', () => {
    const conventions = 'experimental' as Conventions
    expect(() => openMonitor({ signals: createSignals(), conventions })).toThrow(
      'monitor.conventions: is experimental; expected stable or development',
    )
  })
})
