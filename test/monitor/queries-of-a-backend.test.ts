import { backend } from 'plinth'
import { operation } from 'plinth/api'
import { sqlite } from 'plinth/data/sqlite'
import { anyone } from 'plinth/http'
import type { LogRecord } from 'plinth/kernel'
import { repeated, slowQueries } from 'plinth/monitor'
import { expect, it, onTestFinished } from 'vitest'
import { orders } from './plans.ts'

const looking = operation({
  method: 'GET',
  path: '/looking',
  guard: anyone,
  responses: { 204: null },
  async handler({ db }) {
    for (let at = 0; at < 5; at++) await db.list(orders, { where: { owner: `hunter${at}` } })
    return { status: 204 }
  },
})

const writing = operation({
  method: 'POST',
  path: '/writing',
  guard: anyone,
  responses: { 204: null },
  async handler({ db }) {
    for (let at = 0; at < 5; at++) {
      await db.create(orders, { owner: `hunter${at}`, state: 'new', amount: at })
    }
    return { status: 204 }
  },
})

it('tells of slow and repeated queries with the route that runs them', async () => {
  const app = await backend({
    data: sqlite(':memory:', [orders]),
    api: { looking, writing },
    development: true,
    monitor: { logs: false, parts: [slowQueries({ after: 0 }), repeated({ after: 3 })] },
  })
  onTestFinished(() => app.close())
  const logs: LogRecord[] = []
  app.signals.subscribe({ log: (record) => void logs.push(record) })
  const { status } = await app.fetch(new Request('http://localhost/looking'))
  const written = await app.fetch(new Request('http://localhost/writing', { method: 'POST' }))
  expect([status, written.status]).toEqual([204, 204])
  await app.flush()

  const of = (event: string) => logs.filter((record) => record.event === event)
  const [first] = of('plinth.data.slow_query')
  expect(first?.message).toMatch(/in GET \/looking: reads .*no index serves owner\.$/)
  const repetitions = of('plinth.data.repeated_query').map(({ attributes }) => attributes)
  expect(repetitions).toMatchObject([
    { 'plinth.operation': 'GET /looking', 'plinth.count': 5 },
    { 'plinth.operation': 'POST /writing', 'plinth.count': 5 },
  ])
  for (const attributes of repetitions) {
    expect(attributes?.['code.file.path']).toContain('queries-of-a-backend.test.ts')
    expect(attributes?.['code.function.name']).toContain('handler')
  }
  expect(JSON.stringify(logs)).not.toContain('hunter')
})
