import { backend } from 'plinth'
import { sqlite } from 'plinth/data/sqlite'
import { createApp, permission } from 'plinth/http'
import { type Actor, createSignals } from 'plinth/kernel'
import { openMonitor } from 'plinth/monitor'
import { dashboard } from 'plinth/monitor/dashboard'
import { describe, expect, it } from 'vitest'
import { openWatched } from './fixture.ts'

const tables = [{ name: 'notes', count: async () => 1 }]
const audit = async () => []
const ports = { tables, audit }

/** The paths of all operations, by what a dashboard that has all parts offers. */
function allPaths(): string[] {
  const monitor = openMonitor({
    signals: createSignals(),
    logs: false,
    development: true,
    parts: [dashboard()],
    ...ports,
  })
  return Object.values(monitor.operations)
    .map(({ spec }) => spec.path)
    .filter((path) => path.startsWith('/dashboard'))
    .map((path) => path.replace(/:\w+/g, 'x'))
}

const PATHS = allPaths()

describe('the dashboard', () => {
  it('has operations for every view', () => {
    expect(PATHS).toHaveLength(15)
  })

  it.each(PATHS)('[ASVS 13.4.5] does not serve %s by default', async (path) => {
    const { fetch } = openWatched({ ports })
    expect((await fetch(path)).status).toBe(404)
  })

  it.each(PATHS)('[ASVS 8.2.1] asks at %s who is calling, and what they may', async (path) => {
    const reader: Actor = { id: 'reader', roles: [], permissions: ['monitor:read'] }
    const other: Actor = { id: 'other', roles: ['staff'], permissions: [] }
    const signals = createSignals()
    const parts = [dashboard({ guard: permission('monitor:read') })]
    const monitor = openMonitor({ signals, logs: false, parts, development: true, ...ports })
    const app = createApp({
      operations: monitor.operations,
      signals,
      authenticate: (incoming) => {
        const actor = [reader, other].find(({ id }) => id === incoming.header('x-actor'))
        return actor ? { actor, credential: 'bearer', sessionId: actor.id } : null
      },
    })
    const status = async (headers: Record<string, string>) =>
      (await app.fetch(new Request(`http://localhost${path}`, { headers }))).status
    expect(await status({})).toBe(401)
    expect(await status({ 'x-actor': 'other' })).toBe(403)
    expect(await status({ 'x-actor': 'reader' })).toBe(200)
  })

  it('says at the start that it is closed, and which option opens it', () => {
    const { logs } = openWatched()
    expect(logs).toEqual([
      'closed until a guard says who may see it: /dashboard (dashboard({ guard }))',
    ])
  })

  it('is open to the machine itself in development, and not past a proxy', async () => {
    const { logs, fetch } = openWatched({ ports: { development: true } })
    expect(logs).toEqual([])
    // A request made by hand has no address: it is not known to come from this machine.
    expect((await fetch('/dashboard')).status).toBe(403)
    expect((await fetch('/dashboard/state', { headers: { via: '1.1 proxy' } })).status).toBe(403)
  })

  it('is closed in a back end that decides nothing, and not described in one that does', async () => {
    const open = (parts: Parameters<typeof dashboard>[0]) =>
      backend({
        data: sqlite(':memory:', []),
        development: false,
        monitor: { logs: false, parts: [dashboard(parts)] },
      })
    const closed = await open({})
    expect((await closed.fetch(new Request('http://localhost/dashboard'))).status).toBe(404)
    await closed.close()
    const guarded = await open({ guard: permission('monitor:read') })
    expect((await guarded.fetch(new Request('http://localhost/dashboard'))).status).toBe(401)
    expect(Object.keys((await guarded.openapi()).paths ?? {}).join(' ')).not.toContain('dashboard')
    await guarded.close()
  })

  it.each([
    [{ guard: true }, /dashboard\({ guard }\)/],
    [{ gaurd: undefined }, /gaurd/],
    [{ store: { spans: 0 } }, /spans/],
    [{ store: { bytes: '1' } }, /bytes/],
    [{ store: { rows: 1 } }, /rows/],
  ])('refuses %o at once', (options, message) => {
    // @ts-expect-error: what plain JavaScript can pass.
    expect(() => dashboard(options)).toThrow(message)
  })
})
