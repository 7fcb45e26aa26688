import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { type Backend, backend } from 'plinth'
import { resource } from 'plinth/api'
import { audit, auditTables } from 'plinth/audit'
import { auth, password, users } from 'plinth/auth'
import { type AnyTable, type DataSource, id, table } from 'plinth/data'
import { anyone, defineOperation, form, multipart } from 'plinth/http'
import { generateKey, PlinthError, personal, secret } from 'plinth/kernel'
import { otlp } from 'plinth/monitor'
import { dashboard } from 'plinth/monitor/dashboard'
import { freshDatabase } from 'plinth/testing'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasMariadb, hasPostgres, mysqlUrl, postgresUrl } from '../data/servers.ts'
import { createSecrets, type Secrets } from './secrets.ts'

// What is planted here is what a request brings in under a name or a mark that makes it a secret, what is
// stored in a marked column, and credentials that give themselves away. A secret in a sentence that nothing
// announces cannot be told from a word, and is not among them.

const keys = table(
  'keys',
  {
    id: id(),
    vendor: v.string(),
    material: secret(v.pipe(v.string(), v.maxLength(200))),
    settings: v.nullish(v.object({ webhookKey: secret(v.string()), plain: v.string() })),
    owner: v.nullish(personal(v.string())),
  },
  { unique: [['material']], policy: { all: true }, audit: true },
)

interface World {
  readonly app: Backend
  /** Where handlers send requests to. */
  readonly peer: string
  send(path: string, init?: RequestInit): Promise<void>
  /** The values of all cookies that were set. */
  readonly issued: string[]
  close(): Promise<void>
  /** Everything that left, by the sink that it left through. */
  sinks(): Promise<ReadonlyMap<string, string>>
}

const text = v.string()
const sensitive = v.object({
  plain: text,
  pin: secret(text),
  password: text,
  card: secret(v.object({ pan: text })),
})
const how = v.optional(
  v.picklist(['answer', 'message', 'cause', 'details', 'aggregate', 'string']),
  'answer',
)

/** A handler of the kind that this is about: what it was given stands in what it throws. */
function misbehave(way: string, values: readonly string[]): void {
  const words = `upstream refused ${values.join(' and ')}`
  if (way === 'message') throw new Error(words)
  if (way === 'cause')
    throw new Error('failed', { cause: new TypeError('inner', { cause: new Error(words) }) })
  if (way === 'details')
    throw new PlinthError('upstream_failed', 'It failed.', { details: { words }, cause: words })
  if (way === 'aggregate')
    throw new AggregateError(
      values.map((value) => new Error(value)),
      words,
    )
  if (way === 'string') throw words
}

const define = defineOperation()
const body = {
  guard: anyone,
  transaction: false,
  query: v.object({ how }),
  responses: { 200: v.object({}) },
} as const

const operations = {
  json: define({
    ...body,
    method: 'POST',
    path: '/json',
    body: sensitive,
    handler: ({ body: given, query, log }) => {
      log({
        level: 'info',
        message: `given ${given.pin}`,
        attributes: { password: given.password, note: given.card.pan },
      })
      misbehave(query.how, [given.pin, given.password, given.card.pan])
      return { status: 200, body: {} }
    },
  }),
  form: define({
    ...body,
    method: 'POST',
    path: '/form',
    body: form(v.object({ pin: secret(text), password: text })),
    handler: ({ body: given, query }) => {
      misbehave(query.how, [given.pin, encodeURIComponent(given.password)])
      return { status: 200, body: {} }
    },
  }),
  multipart: define({
    ...body,
    method: 'POST',
    path: '/multipart',
    body: multipart({ fields: v.object({ pin: secret(text), access_token: text }) }),
    handler: ({ body: given, query }) => {
      misbehave(query.how, [JSON.stringify(given.fields.pin), given.fields.access_token])
      return { status: 200, body: {} }
    },
  }),
  head: define({
    ...body,
    method: 'GET',
    path: '/head',
    headers: v.object({ 'x-tenant': secret(text) }),
    cookies: v.object({ basket: secret(text) }),
    query: v.object({ how, token: text, coupon: secret(text) }),
    handler: ({ headers, cookies, query, incoming }) => {
      misbehave(query.how, [
        headers['x-tenant'],
        cookies.basket,
        query.token,
        query.coupon,
        incoming.query,
        incoming.header('authorization')?.split(' ')[1] ?? '',
        incoming.header('cookie') ?? '',
        incoming.header('x-api-key') ?? '',
      ])
      return { status: 200, body: {} }
    },
  }),
  reset: define({
    ...body,
    method: 'GET',
    path: '/reset/:token/:invitation',
    params: v.object({ token: text, invitation: secret(text) }),
    handler: ({ params, query, incoming }) => {
      misbehave(query.how, [params.token, params.invitation, incoming.path])
      return { status: 200, body: {} }
    },
  }),
  send: define({
    ...body,
    method: 'POST',
    path: '/send',
    body: v.object({ url: text, key: secret(text) }),
    query: v.object({ how }),
    handler: async ({ body: given, fetch }) => {
      const headers = { authorization: `Bearer ${given.key}`, 'x-key': given.key }
      await fetch(given.url, { method: 'POST', headers, body: given.key })
      return { status: 200, body: {} }
    },
  }),
  stated: define({
    ...body,
    method: 'POST',
    path: '/stated',
    body: v.object({ words: text, told: text }),
    handler: ({ body: given, log }) => {
      log({
        level: 'warn',
        message: given.words,
        attributes: { words: given.words, clientSecret: given.told, 'x-api-key': given.told },
        error: new Error(given.words),
      })
      throw new Error(given.words)
    },
  }),
}

const importing = defineOperation<{ db: import('plinth/data').Handle }>()
const imported = importing({
  method: 'POST',
  path: '/import',
  guard: anyone,
  // A name that says nothing: what the database quotes is taken out all the same.
  body: v.object({ value: text, hidden: v.boolean() }),
  responses: { 200: v.object({}) },
  handler: async ({ body: given, db }) => {
    try {
      await db.create(keys, { vendor: 'x', material: given.value })
    } catch (error) {
      if (!given.hidden) throw error
      throw new Error('import failed', { cause: error })
    }
    return { status: 200, body: {} }
  },
})

async function openWorld(data: DataSource): Promise<World> {
  const sinks = new Map<string, string>()
  const add = (sink: string, more: string) => sinks.set(sink, (sinks.get(sink) ?? '') + more)
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(request.url?.includes('refuse') ? 401 : 200).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const told = (hook: string) => (record: object) => {
    // The error itself is documented as private.
    add(`hook ${hook}`, JSON.stringify({ ...record, error: undefined }))
  }
  const app = await backend({
    data,
    auth: auth({ factors: [password()] }),
    audit: audit({ keys: { current: 'a', keys: { a: generateKey() } }, guard: anyone }),
    api: { ...operations, imported, keys: resource(keys, { guard: anyone }) },
    monitor: {
      logs: { level: 'debug', spans: true, write: (lines) => add('log', lines) },
      metrics: { guard: anyone },
      hooks: { request: told('request'), query: told('query'), event: told('event') },
      parts: [
        dashboard({ guard: anyone }),
        otlp({
          protocol: 'http/json',
          fetch: async (url, init) => {
            const bytes = Buffer.from(await new Response(init?.body).arrayBuffer())
            const zipped = new Headers(init?.headers).get('content-encoding') === 'gzip'
            add(
              `collector ${new URL(String(url)).pathname}`,
              (zipped ? gunzipSync(bytes) : bytes).toString(),
            )
            return new Response('{}')
          },
        }),
      ],
    },
  })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= app.close()
    return closing
  }
  onTestFinished(close)
  const read = async (path: string): Promise<string> => {
    return (await app.fetch(new Request(`http://localhost${path}`))).text()
  }
  /** The dashboard keeps what is recent: its views are read as they come, traces and errors one by one. */
  async function look(): Promise<void> {
    await app.flush()
    const single: string[] = []
    for (const view of VIEWS) {
      const answer = await read(`/dashboard/${view}`)
      add('dashboard', answer)
      const { rows = [] } = JSON.parse(answer) as { rows?: { trace?: string; id?: string }[] }
      const one = view.startsWith('errors') ? 'errors' : 'traces'
      for (const row of rows) {
        const key = one === 'errors' ? row.id : row.trace
        if (key !== undefined) single.push(`${one}/${key}`)
      }
    }
    for (const path of new Set(single)) add('dashboard', await read(`/dashboard/${path}`))
  }
  const issued: string[] = []
  let sent = 0
  return {
    app: app as unknown as Backend,
    peer: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    issued,
    close,
    async send(path, init = {}) {
      const headers = new Headers(init.headers)
      headers.set('origin', 'http://localhost')
      const response = await app.fetch(new Request(`http://localhost${path}`, { ...init, headers }))
      const answer = await response.text()
      for (const cookie of response.headers.getSetCookie()) {
        const value = cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'))
        if (value.length > 8) issued.push(value)
      }
      if (response.status >= 400)
        add('problem', `${JSON.stringify([...response.headers])}${answer}`)
      sent += 1
      if (sent % 500 === 0) await look()
    },
    async sinks() {
      await look()
      sinks.set('audit', '')
      for await (const entry of app.database.system.stream(auditTables[0] as AnyTable, {})) {
        add('audit', JSON.stringify(entry))
      }
      const scraped = await app.fetch(new Request('http://localhost/metrics'))
      add('prometheus', await scraped.text())
      await app.flush()
      return sinks
    },
  }
}

const VIEWS = [
  'requests',
  'routes',
  'queries',
  'errors',
  'sign-ins',
  'audit',
  'health',
  'tables',
  'state',
]

const WAYS = ['answer', 'message', 'cause', 'details', 'aggregate', 'string'] as const

function wayOf(round: number): (typeof WAYS)[number] {
  return WAYS[round % WAYS.length] ?? 'answer'
}

const json = (value: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

/** One of each of what brings secrets in. */
const PLANTING: readonly ((world: World, secrets: Secrets, round: number) => Promise<void>)[] = [
  async ({ send }, { plant }, round) => {
    const way = wayOf(round)
    const card = { pan: plant(`json ${way} card`) }
    const given = {
      plain: 'x',
      pin: plant(`json ${way} pin`),
      password: plant(`json ${way} password`),
      card,
    }
    // Every seventh is refused, with issues that tell what was wrong.
    await send(
      `/json?how=${way}`,
      json(
        round % 7 === 0 ? { ...given, pin: [given.pin], unknown: plant('json unknown') } : given,
      ),
    )
  },
  async ({ send }, { plant }, round) => {
    const way = wayOf(round)
    const given = new URLSearchParams({
      pin: plant(`form ${way} pin`),
      password: plant(`form ${way} password`),
    })
    await send(`/form?how=${way}`, { method: 'POST', body: given })
  },
  async ({ send }, { plant, plantToken }, round) => {
    const way = wayOf(round)
    const given = new FormData()
    given.set('pin', plant(`multipart ${way} pin`).replaceAll('\n', ' '))
    given.set('access_token', plantToken(`multipart ${way} token`))
    await send(`/multipart?how=${way}`, { method: 'POST', body: given })
  },
  async ({ send }, { plant, plantToken }, round) => {
    const way = wayOf(round)
    const query = new URLSearchParams({
      how: way,
      token: plant(`query ${way} token`),
      coupon: plant(`query ${way} coupon`),
    })
    const cookie = `basket=${plantToken(`cookie ${way}`)}; __Host-session=${plantToken(`cookie ${way} session`)}`
    await send(`/head?${query}`, {
      headers: {
        'x-tenant': plantToken(`header ${way} marked`),
        'x-api-key': plantToken(`header ${way} key`),
        'user-agent': `shop/1.0 (${plantToken(`header ${way} agent`).padEnd(20, '0')})`,
        cookie,
      },
    })
    const authorization =
      round % 2 === 0
        ? `Bearer ${plantToken('bearer')}`
        : `Basic ${btoa(`joe:${plantToken('basic')}`)}`
    await send(`/head?${query}`, {
      headers: { authorization, 'x-tenant': plantToken('header'), cookie },
    })
  },
  async ({ send }, { plantToken }, round) => {
    const way = wayOf(round)
    const { token, invitation } = {
      token: plantToken(`path ${way} token`),
      invitation: plantToken(`path ${way} marked`),
    }
    await send(`/reset/${token}/${invitation}?how=${way}`)
    await send(`/resets/${plantToken('path unknown')}/${plantToken('path unknown')}`)
    await send(`/reset/${plantToken('path method')}/x`, { method: 'DELETE' })
  },
  async ({ send, peer }, { plantToken }, round) => {
    const key = plantToken('outgoing key')
    const url = new URL(
      `http://${peer}/hooks/${plantToken('outgoing path').padEnd(18, '1')}/${round % 2 ? 'refuse' : ''}`,
    )
    url.searchParams.set('token', plantToken('outgoing query'))
    await send('/send', json({ url: url.href, key }))
    // Nobody listens there, nothing may be sent there with a user, and that is no address at all.
    const dead = [
      `http://127.0.0.1:1/x?api_key=${plantToken('outgoing dead')}`,
      `http://joe:${plantToken('outgoing user')}@${peer}/`,
      `http://joe:${plantToken('outgoing invalid')}@:99999/`,
    ]
    await send('/send', json({ url: dead[round % 3], key }))
  },
  async ({ send }, { plantToken }) => {
    const url = `postgres://app:${plantToken('stated url')}@db.example/x`
    const bearer = `Authorization: Bearer ${plantToken('stated bearer')}`
    const named = `{"password":"${plantToken('stated json')}","a":1} api_key=${plantToken('stated name')}`
    const key = `-----BEGIN PRIVATE KEY-----\n${plantToken('stated key')}\n-----END PRIVATE KEY-----`
    for (const words of [url, bearer, named, key])
      await send('/stated', json({ words, told: plantToken('attribute') }))
  },
  async ({ send }, { plant }) => {
    const material = plant('column')
    const settings = { webhookKey: plant('column member'), plain: 'x' }
    await send('/keys', json({ vendor: 'x', material, settings }))
    // A unique violation, which the handler lets through, or wraps as a failure of its own.
    await send('/keys', json({ vendor: 'x', material, settings }))
    await send('/import', json({ value: material, hidden: false }))
    await send('/import', json({ value: material, hidden: true }))
    await send(
      '/import',
      json({ material: plant('column too long').padEnd(300, 'x'), hidden: true }),
    )
  },
]

/** Argon2 takes its time on purpose. */
async function signUpAndIn({ send }: World, { plantToken }: Secrets, times: number): Promise<void> {
  for (let at = 0; at < times; at++) {
    const email = `p${at}@shop.example`
    const chosen = plantToken('password of a sign-up')
    await send('/auth/sign-up', json({ email, password: chosen }))
    await send('/auth/sign-in', json({ email, password: chosen }))
    await send('/auth/sign-in', json({ email, password: plantToken('password of a sign-in') }))
    await send(
      '/auth/password/reset/confirm',
      json({ token: plantToken('token of a reset'), password: plantToken('new password') }),
    )
    await send('/auth/sign-up/confirm', json({ token: plantToken('token of a sign-up') }))
  }
}

async function leaksOf(world: World, secrets: Secrets): Promise<Record<string, string[]>> {
  const leaks: Record<string, string[]> = {}
  let bytes = 0
  for (const [sink, content] of await world.sinks()) {
    bytes += content.length
    const found = secrets.findIn(content)
    if (found.length > 0) leaks[sink] = found.slice(0, 20)
  }
  console.info(
    `${secrets.count} secrets, ${(bytes / 1e6).toFixed(1)} MB in ${(await world.sinks()).size} sinks`,
  )
  return leaks
}

async function lookThrough(
  data: DataSource,
  least: number,
): Promise<{ world: World; secrets: Secrets }> {
  const world = await openWorld(data)
  const secrets = createSecrets(least)
  for (let round = 0; secrets.count < least; round++) {
    for (const planting of PLANTING) await planting(world, secrets, round)
  }
  await signUpAndIn(world, secrets, 5)
  return { world, secrets }
}

describe('10,000 secrets', () => {
  it('[ASVS 16.2.5] leave through no sink', async () => {
    const { world, secrets } = await lookThrough(freshDatabase([keys], { on: 'file' }), 10_000)
    expect(await leaksOf(world, secrets)).toEqual({})
    const sinks = await world.sinks()
    expect([...sinks.keys()].sort()).toEqual([
      'audit',
      'collector /v1/logs',
      'collector /v1/metrics',
      'collector /v1/traces',
      'dashboard',
      'hook event',
      'hook query',
      'hook request',
      'log',
      'problem',
      'prometheus',
    ])
    // It was looked where something is: what is no secret arrived.
    expect(sinks.get('log')).toMatch(/upstream refused .*\[redacted\]/)
    expect(sinks.get('log')).toContain('import failed')
    expect(sinks.get('collector /v1/traces')).toContain('/reset/{token}/{invitation}')
    expect(sinks.get('dashboard')).toContain('upstream refused')
    expect(sinks.get('audit')).toContain('auth.sign_in')
    expect(sinks.get('prometheus')).not.toContain('plinth_monitor_export_lost')
    expect(await world.app.database.system.count(users)).toBe(5)
    expect(world.issued.length).toBeGreaterThan(4)
    for (const token of world.issued) {
      for (const content of sinks.values()) expect(content.includes(token)).toBe(false)
    }
  }, 300_000)

  const servers = [
    ['PostgreSQL', hasPostgres, postgresUrl],
    ['MariaDB', hasMariadb, mysqlUrl],
  ] as const
  for (const [name, has, url] of servers) {
    it(`[ASVS 16.2.5] leave through no error of ${name}`, async ({ skip }) => {
      if (!(await has())) skip()
      await using data = freshDatabase([keys], { on: url })
      const { world, secrets } = await lookThrough(data, 500)
      const leaks = await leaksOf(world, secrets)
      await world.close()
      expect(leaks).toEqual({})
    }, 120_000)
  }
})

describe('the search', () => {
  it('finds a secret however it is spelt', () => {
    const secrets = createSecrets(1)
    const planted = secrets.plantToken('here')
    const bytes = Buffer.from(`xy${planted}z`)
    for (const spelt of [
      `a${planted}b`,
      encodeURIComponent(`"${planted}"`),
      ...[0, 1, 2].map((at) => bytes.subarray(at).toString('base64')),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      JSON.stringify(JSON.stringify(planted)),
    ]) {
      expect(secrets.findIn(`{"x":"${spelt}"}`), spelt).not.toEqual([])
    }
    expect(secrets.findIn(createSecrets(2).plantToken('there'))).toEqual([])
  })
})
