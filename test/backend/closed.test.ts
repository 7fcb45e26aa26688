import { type BackendOptions, backend } from 'plinth'
import { role } from 'plinth/api'
import { auth, password } from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { fromRequest, type Incoming } from 'plinth/http'
import { createVisitor } from 'plinth/testing'
import { expect, it } from 'vitest'

it('shows strangers no description and no metrics when told so', async () => {
  const app = await backend({
    data: sqlite(':memory:', []),
    auth: auth({ factors: [password()] }),
    monitor: { logs: false, metrics: { guard: role('operator') } },
    describe: false,
  })
  try {
    const statuses = new Map<string, number>()
    for (const path of ['/openapi.json', '/operations.json', '/reference', '/metrics', '/health']) {
      statuses.set(path, (await createVisitor(app).fetch(path)).status)
    }
    expect(Object.fromEntries(statuses)).toEqual({
      '/openapi.json': 404,
      '/operations.json': 404,
      '/reference': 404,
      '/metrics': 401,
      '/health': 200,
    })
    expect((await app.openapi()).openapi).toBe('3.1.0')
  } finally {
    await app.close()
  }
})

/** What shows the insides of a server. */
const INSIDES = ['/openapi.json', '/reference', '/metrics']

async function statusesFor(options: Partial<BackendOptions>, request: (path: string) => Incoming) {
  const logged: string[] = []
  const write = (lines: string) => void logged.push(lines)
  const data = sqlite(':memory:', [])
  const app = await backend({ data, monitor: { logs: { write } }, ...options })
  try {
    const answers = INSIDES.map(async (path) => (await app.handle(request(path))).status)
    return { statuses: await Promise.all(answers), logged }
  } finally {
    await app.close()
  }
}

function from(address: string | undefined, origin: string, headers: Record<string, string> = {}) {
  return (path: string) => fromRequest(new Request(origin + path, { headers }), { address })
}

const local = from('127.0.0.1', 'http://localhost:3000')

it('[ASVS 13.4.5] shows nobody its insides until a guard is given, and says so', async () => {
  const { statuses, logged } = await statusesFor({}, local)
  expect(statuses).toEqual([404, 404, 404])
  const [line = ''] = logged
  expect(JSON.parse(line.split('\n')[0] ?? '')).toMatchObject({
    event: 'plinth.closed',
    message: expect.stringMatching(/\/metrics \(monitor\.metrics\.guard\).*describe\.guard/),
  })
})

it('says nothing of what was decided', async () => {
  const write = () => expect.unreachable()
  const monitor = { logs: { write, requests: false }, metrics: false } as const
  const { statuses } = await statusesFor({ monitor, describe: false }, local)
  expect(statuses).toEqual([404, 404, 404])
})

const SHOWN = [200, 200, 200]
const REFUSED = [403, 403, 403]

const calls: [string, ReturnType<typeof from>, readonly number[]][] = [
  ['this machine', local, SHOWN],
  ['this machine by IPv6', from('::1', 'http://[::1]:3000'), SHOWN],
  ['a name of this machine', from('::ffff:127.0.0.1', 'http://shop.localhost'), SHOWN],
  ['another machine', from('192.168.1.7', 'http://localhost:3000'), REFUSED],
  ['nobody knows where', from(undefined, 'http://localhost:3000'), REFUSED],
  ['a name that leads here', from('127.0.0.1', 'http://rebound.example'), REFUSED],
  ['a name like ours', from('127.0.0.1', 'http://localhost.example'), REFUSED],
  ['an address like ours', from('127.0.0.1.example', 'http://localhost'), REFUSED],
]
for (const name of ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']) {
  const request = from('127.0.0.1', 'http://localhost', { [name]: '127.0.0.1' })
  calls.push([`a proxy that sends ${name}`, request, REFUSED])
}

it.each(calls)('answers development from %s as it should', async (_, request, expected) => {
  const { statuses } = await statusesFor({ development: true }, request)
  expect(statuses).toEqual(expected)
})

it.each([
  [{ describe: true }, 'describe'],
  [{ describe: {} }, 'describe.guard'],
  [{ describe: { guard: 'anyone' } }, 'describe.guard'],
  [{ monitor: { metrics: {} } }, 'monitor.metrics.guard'],
  [{ monitor: { metrics: true } }, 'monitor.metrics'],
])('refuses %j, for it names no guard', async (options, place) => {
  const given = options as unknown as Partial<BackendOptions>
  await expect(backend({ data: sqlite(':memory:', []), ...given })).rejects.toThrow(place)
})
