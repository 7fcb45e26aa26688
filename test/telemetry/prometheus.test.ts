import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backend } from 'plinth'
import { anyone, operation, permission } from 'plinth/api'
import { apiKeys, auth, password, users } from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { serve } from 'plinth/node'
import { createVisitor, signIn } from 'plinth/testing'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const docs = join(import.meta.dirname, '../../docs')

describe('a Prometheus that scrapes /metrics with a key', () => {
  let scraped: Awaited<ReturnType<typeof openScraped>>

  beforeAll(async () => {
    scraped = await openScraped()
  })
  afterAll(() => scraped.close())

  it('finds its target up', async () => {
    expect(await scraped.query('up')).toMatchObject([{ value: [expect.anything(), '1'] }])
  })

  it('answers the 95th percentile of requests', async () => {
    const [answer] = await scraped.query(
      'histogram_quantile(0.95, sum by (le) (http_server_request_duration_seconds_bucket))',
    )
    expect(Number(answer?.value[1])).toBeGreaterThan(0)
    const routes = await scraped.query(
      'sum by (http_route) (http_server_request_duration_seconds_count{http_response_status_code="200"})',
    )
    expect(routes).toContainEqual(
      expect.objectContaining({ metric: { http_route: '/words/{word}' } }),
    )
  })

  it("promtool has no complaint about its metrics' names and form", async () => {
    const { status, text } = await scraped.read()
    expect(status).toBe(200)
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text })
    expect(`${stdout}${stderr}`).toBe('')
  })

  it('is turned away without the key', async () => {
    expect((await fetch(scraped.url)).status).toBe(401)
    const other = await fetch(scraped.url, { headers: { authorization: 'Bearer acme_x' } })
    expect(other.status).toBe(401)
  })

  it.each(queriesOfDashboard())('answers the panel %s', async (_, query, mayBeEmpty) => {
    const answers = await scraped.query(query)
    if (!mayBeEmpty) expect(answers.length).toBeGreaterThan(0)
  })
})

describe("the guide's files", () => {
  it('promtool finds nothing wrong in the alert rules', () => {
    const { status, stdout } = spawnSync('promtool', [
      'check',
      'rules',
      `${docs}/prometheus/alerts.yml`,
    ])
    expect(String(stdout)).toContain('SUCCESS: 5 rules found')
    expect(status).toBe(0)
  })

  it('promtool finds nothing wrong in the configuration', () => {
    const file = `${docs}/prometheus/prometheus.yml`
    // The key's file is on the machine that scrapes.
    const { status, stdout } = spawnSync('promtool', ['check', 'config', '--syntax-only', file])
    expect(status, String(stdout)).toBe(0)
  })
})

/** Title, query, and whether an app at rest has nothing to answer. */
function queriesOfDashboard(): [title: string, query: string, mayBeEmpty: boolean][] {
  const dashboard = JSON.parse(readFileSync(`${docs}/grafana/plinth.json`, 'utf8'))
  return dashboard.panels.flatMap(
    ({ title, targets }: { title: string; targets: { expr: string }[] }) =>
      targets.map(({ expr }) => [
        title,
        expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.+'),
        /^(Errors by type|Telemetry lost)$/.test(title),
      ]),
  )
}

interface Answer {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [time: number, value: string]
}

async function openScraped() {
  const app = await openApp()
  const server = await serve(app, { port: 0, hostname: '127.0.0.1' })
  const key = await keyOf(app)
  const folder = mkdtempSync(join(tmpdir(), 'plinth-prometheus-'))
  writeFileSync(`${folder}/key`, key)
  writeFileSync(`${folder}/prometheus.yml`, configOf(server.port, `${folder}/key`))
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`,
    ],
    { stdio: 'ignore' },
  )
  const ended = new Promise((resolve) => prometheus.once('close', resolve))
  const url = `${server.url}/metrics`

  async function query(text: string): Promise<readonly Answer[]> {
    const parameters = new URLSearchParams({ query: text })
    const response = await fetch(`http://${address}/api/v1/query?${parameters}`)
    const { status, error, data } = (await response.json()) as {
      status: string
      error?: string
      data?: { result: readonly Answer[] }
    }
    if (status !== 'success') throw new Error(error)
    return data?.result ?? []
  }

  await until(async () => {
    await fetch(`${server.url}/words/bread`)
    const samples =
      'count_over_time(http_server_request_duration_seconds_count{http_route="/words/{word}"}[1m])'
    const [counted] = await query(samples)
    return Number(counted?.value[1] ?? 0) >= 3
  })
  return {
    url,
    query,
    async read() {
      const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
      return { status: response.status, text: await response.text() }
    },
    async close() {
      prometheus.kill('SIGTERM')
      await ended
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function openApp() {
  const words = operation({
    method: 'GET',
    path: '/words/:word',
    guard: anyone,
    params: v.object({ word: v.string() }),
    responses: { 200: v.object({ word: v.string() }) },
    handler: ({ params }) => ({ status: 200, body: params }),
  })
  return backend({
    data: sqlite(':memory:', []),
    auth: auth({
      factors: [password()],
      features: [apiKeys({ prefix: 'acme_', permissions: ['metrics:read'] })],
      permissions: { operator: ['metrics:read'] },
    }),
    api: { words },
    monitor: { logs: false, metrics: { guard: permission('metrics:read') } },
  })
}

/** The key of somebody who may read metrics. */
async function keyOf(app: Awaited<ReturnType<typeof openApp>>): Promise<string> {
  const account = { email: 'ada@example.com', password: 'a long enough phrase' }
  const ada = await signIn(app, account)
  await app.database.system.updateMany(users, { email: account.email }, { roles: ['operator'] })
  const response = await ada.fetch('/auth/api-keys', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Prometheus', scopes: ['metrics:read'] }),
  })
  const { key } = (await response.json()) as { key: string }
  expect(response.status).toBe(201)
  expect((await createVisitor(app).fetch('/metrics')).status).toBe(401)
  return key
}

/** The guide's, with what differs here: the target, the key's file and shorter waits. */
function configOf(port: number, keyFile: string): string {
  return readFileSync(`${docs}/prometheus/prometheus.yml`, 'utf8')
    .replace('scrape_interval: 15s', 'scrape_interval: 500ms\n  scrape_timeout: 500ms')
    .replace('- alerts.yml', `- ${docs}/prometheus/alerts.yml`)
    .replace('scheme: https', 'scheme: http')
    .replace('/etc/prometheus/plinth-key', keyFile)
    .replace('shop.example:443', `127.0.0.1:${port}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let left = 150; left > 0; left -= 1) {
    if (await isTrue().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('waited in vain')
}
