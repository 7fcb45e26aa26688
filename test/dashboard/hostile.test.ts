import { anyone } from 'plinth/http'
import { createTrace, PlinthError } from 'plinth/kernel'
import { expect, test } from 'vitest'
import { openWatched } from './fixture.ts'

const MEGABYTE = 'x'.repeat(1_048_576)
const HOSTILE = [
  '<script>alert(1)</script>',
  '\u202egnp.exe\u2066',
  '\ud800lone',
  'line\r\nforged: 1\u0000\u001b[31m',
  MEGABYTE,
]

/** But for the newline between answers: controls, marks of direction, and others without a sign. */
const HIDDEN = /[^\P{C}\n]|[\u2028\u2029]/u

/** Everything that the dashboard tells, as one text. */
async function everything(watched: ReturnType<typeof openWatched>, trace: string) {
  const errors = await watched.ask<{ rows: { id: string }[] }>('errors')
  const paths = [
    ...['state', 'requests', 'requests?order=slowest', 'routes', 'series', 'queries', 'errors'],
    ...['sign-ins', 'health', `traces/${trace}`, ...errors.rows.map(({ id }) => `errors/${id}`)],
  ]
  const answers = await Promise.all(paths.map((path) => watched.fetch(`/dashboard/${path}`)))
  for (const answer of answers) expect(answer.status).toBe(200)
  return (await Promise.all(answers.map((answer) => answer.text()))).join('\n')
}

function report(
  { signals }: ReturnType<typeof openWatched>,
  text: string,
  error?: unknown,
): string {
  const { traceId, spanId } = createTrace()
  const span = { traceId, sampled: true, start: Date.now(), duration: 3 }
  signals.span({
    ...span,
    name: text,
    kind: 'client',
    spanId: createTrace().spanId,
    parentSpanId: spanId,
    attributes: { 'db.query.summary': text, 'db.query.text': text, [text]: text },
  })
  signals.span({
    ...span,
    name: text,
    kind: 'internal',
    spanId: createTrace().spanId,
    parentSpanId: spanId,
    attributes: { [text]: text },
  })
  const trace = { traceId, spanId, sampled: true }
  signals.log({
    level: 'info',
    message: text,
    event: `auth.${text}`,
    attributes: { [text]: text },
    trace,
  })
  signals.log({ level: 'error', message: text, error: error ?? new Error(text), trace })
  signals.span({
    ...span,
    name: `GET ${text}`,
    kind: 'server',
    spanId,
    parentSpanId: undefined,
    attributes: {
      'http.request.method': 'GET',
      'http.request.method_original': text,
      'http.route': text,
      'http.response.status_code': 500,
      'url.path': text,
      'user_agent.original': text,
      'client.address': text,
    },
  })
  return traceId
}

test.each(HOSTILE)(
  'tells of hostile text without hidden characters and in bounds (%#)',
  async (text) => {
    const watched = openWatched({ guard: anyone })
    const told = await everything(watched, report(watched, text))
    expect(told.length).toBeLessThan(200_000)
    expect(told).not.toMatch(HIDDEN)
    expect(told.isWellFormed()).toBe(true)
    expect(told).not.toMatch(/\\u[dD][89a-fA-F]/)
  },
)

test('[ASVS 16.2.5] tells no secret of bodies, headers, columns, errors or lines', async () => {
  const secrets = [
    'hunter2hunter2',
    'sk_live_abcdef0123456789',
    'eyJhbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJl',
  ]
  const watched = openWatched({ guard: anyone })
  const [password, key, jwt] = secrets
  const text = `password=${password} Authorization: Bearer ${key} ${jwt}`
  const cause = new Error(`token=${key}`)
  const trace = report(watched, text, new PlinthError('failed', text, { status: 500, cause }))
  watched.signals.log({
    level: 'info',
    message: 'm',
    attributes: { password, api_key: key, cookie: jwt },
  })
  const told = await everything(watched, trace)
  for (const secret of secrets) expect(told).not.toContain(secret)
})

test('takes attributes, errors and lines that throw when they are looked at', async () => {
  const watched = openWatched({ guard: anyone })
  const before = watched.signals.failures
  const trap = new Proxy(
    {},
    {
      get: () => {
        throw new Error('trap')
      },
      ownKeys: () => {
        throw new Error('trap')
      },
    },
  )
  for (const thrown of [trap, null, undefined, 7, 'text', Object.create(null), [1], Symbol('s')]) {
    watched.signals.log({ level: 'error', message: 'm', error: thrown })
  }
  watched.signals.log({ level: 'info', message: 'm', attributes: trap })
  // @ts-expect-error: what plain JavaScript can pass.
  watched.signals.log({ level: 'info', message: 'm', attributes: { deep: { a: [MEGABYTE] } } })
  expect(watched.signals.failures).toBe(before)
  await everything(watched, 'none')
})

test('lets the page run its own script alone, and make no HTML of text', async () => {
  const { fetch } = openWatched({ guard: anyone })
  const page = await fetch('/dashboard')
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
  const html = await page.text()
  expect(html).not.toMatch(/<script>|<style|style=|\son\w+=|https?:/)
  const script = await (await fetch('/dashboard/script.js')).text()
  expect(script).not.toMatch(
    /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|DOMParser/,
  )
  // It is sent as its own source: nothing that a compiler or a bundler adds may be left in it.
  expect(script).not.toMatch(/\b(?:import|export|require|__vi\w+|__name)\b/)
})

test('weighs little', async () => {
  const { fetch } = openWatched({ guard: anyone })
  const sizes = await Promise.all(
    ['', '/script.js', '/style.css'].map(async (path) => {
      const body = (await fetch(`/dashboard${path}`)).body as ReadableStream
      return (await new Response(body.pipeThrough(new CompressionStream('gzip'))).arrayBuffer())
        .byteLength
    }),
  )
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(20_000)
})

test.each([
  'requests?after=-1',
  'requests?after=x',
  'requests?status=other',
  'routes?window=9y',
  `requests?search=${'x'.repeat(300)}`,
  'state?unknown=1',
])('refuses %s', async (path) => {
  const { fetch } = openWatched({ guard: anyone })
  expect((await fetch(`/dashboard/${path}`)).status).toBeGreaterThanOrEqual(400)
})
