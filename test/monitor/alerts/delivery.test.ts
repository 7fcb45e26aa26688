import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSignals, createTrace, PlinthError, Secret } from 'plinth/kernel'
import { openMonitor } from 'plinth/monitor'
import {
  type AlertDestination,
  type AlertNotice,
  alerts,
  mail,
  rate,
  UndeliverableError,
  webhook,
} from 'plinth/monitor/alerts'
import { smtp } from 'plinth/smtp'
import { createFakeClock } from 'plinth/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { loopback } from '../../smtp/certificate.ts'
import { openMailServer } from '../../smtp/mail-server.ts'
import { type Watched, watch } from './watched.ts'

const SECRET = `whsec_${Buffer.from('a secret of 24 bytes and more').toString('base64')}`
const OLD_SECRET = `whsec_${Buffer.from('another one of 24 bytes, older').toString('base64')}`

interface Received {
  readonly headers: IncomingMessage['headers']
  readonly path: string
  readonly text: string
}

/** A receiver that answers as it is told to, in order, and then 204; `undefined` for never. */
async function openReceiver(answers: (number | undefined)[] = [], headers = {}) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    received.push({ path: request.url ?? '', headers: request.headers, text })
    const status = answers.length === 0 ? 204 : answers.shift()
    if (status !== undefined) response.writeHead(status, headers).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received }
}

const rule = () => rate('errors', { above: 0.05, note: 'See the runbook of errors.' })

async function fail({ requests, pass }: Watched): Promise<void> {
  await pass(60, () => requests(100, { failed: 50 }))
}

async function recover({ requests, pass }: Watched): Promise<void> {
  await pass(30 * 60, () => requests(100))
}

describe('webhook()', () => {
  it('posts a signed notice at the start and at the end', async () => {
    const { url, received } = await openReceiver()
    const to = [webhook({ url: new Secret(url), secret: [new Secret(SECRET), OLD_SECRET] })]
    const watched = watch([rule()], { to, service: 'shop' })
    await fail(watched)
    await recover(watched)
    expect(received.map(({ text }) => JSON.parse(text).type)).toEqual([
      'alert.firing',
      'alert.resolved',
    ])
    const [first] = received
    const { 'webhook-id': id, 'webhook-timestamp': time, ...headers } = first?.headers ?? {}
    const sign = (secret: string) =>
      createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
        .update(`${id}.${time}.${first?.text}`)
        .digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${sign(SECRET)} v1,${sign(OLD_SECRET)}`)
    expect(headers['content-type']).toBe('application/json')
    expect(id).not.toContain('.')
    expect(JSON.parse(first?.text ?? '')).toEqual({
      type: 'alert.firing',
      timestamp: expect.stringMatching(/^2026-01-01T00:/),
      data: {
        incident: expect.any(String),
        rule: 'errors',
        severity: 'page',
        service: 'shop',
        words: '50 % of 100 in 5 min; the limit is 5 %',
        value: 0.5,
        note: 'See the runbook of errors.',
        since: expect.stringMatching(/^2026-01-01T00:/),
      },
    })
  })

  it('tries again under the same id until it is taken', async () => {
    const { url, received } = await openReceiver([503, 429, 500])
    const watched = watch([rule()], { to: [webhook({ url })], retries: [1, 1, 1] })
    await fail(watched)
    await vi.waitFor(() => expect(received).toHaveLength(4))
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(watched.logs.map(({ event }) => event)).toEqual(['plinth.alert.firing'])
  })

  it('gives up after the tries it has, and says so', async () => {
    const { url, received } = await openReceiver([500, 500, 500, 500])
    const watched = watch([rule()], { to: [webhook({ url })], retries: [1, 1] })
    const lost: unknown[] = []
    watched.signals.subscribe({
      measurement: ({ name, attributes }) =>
        void (name === 'plinth.alert.lost' && lost.push(attributes)),
    })
    await fail(watched)
    await vi.waitFor(() => expect(watched.logs).toHaveLength(2))
    expect(received).toHaveLength(3)
    expect(watched.logs[1]).toMatchObject({ event: 'plinth.alert.delivery_failed', level: 'error' })
    expect(lost).toEqual([{ 'plinth.alert.destination': 'webhook', 'plinth.alert.rule': 'errors' }])
    // Who listened has the notice all the same.
    expect(watched.told()).toEqual(['firing errors'])
  })

  it.each([400, 401, 404, 410])('takes %s as final', async (status) => {
    const { url, received } = await openReceiver([status])
    const watched = watch([rule()], { to: [webhook({ url })], retries: [1, 1] })
    await fail(watched)
    await vi.waitFor(() => expect(watched.logs).toHaveLength(2))
    expect(received).toHaveLength(1)
  })

  it.each([301, 302, 307, 308])('follows no redirect of %s', async (status) => {
    const elsewhere = await openReceiver()
    const { url, received } = await openReceiver([status], { location: elsewhere.url })
    const watched = watch([rule()], { to: [webhook({ url })], retries: [] })
    await fail(watched)
    await vi.waitFor(() => expect(watched.logs).toHaveLength(2))
    expect([received.length, elsewhere.received.length]).toEqual([1, 0])
  })

  it('gives up on a receiver that never answers', async () => {
    const { url, received } = await openReceiver([undefined])
    const watched = watch([rule()], { to: [webhook({ url })], retries: [], timeout: 50 })
    await fail(watched)
    await vi.waitFor(() => expect(watched.logs).toHaveLength(2))
    expect(received).toHaveLength(1)
  })

  it('sends a body of its own form', async () => {
    const { url, received } = await openReceiver()
    const body = ({ rule, words }: AlertNotice) => ({ text: `${rule}: ${words}` })
    await fail(watch([rule()], { to: [webhook({ url, body, headers: { 'x-a': 'b' } })] }))
    expect(JSON.parse(received[0]?.text ?? '').text).toMatch(/^errors: 50 % of 100/)
    expect(received[0]?.headers['x-a']).toBe('b')
    expect(received[0]?.headers['webhook-signature']).toBeUndefined()
  })

  it.each([
    'http://pager.example/hook',
    'http://127.0.0.1.evil.example/',
    'ftp://pager.example/',
    'https://user:password@pager.example/',
    'not a url',
  ])('refuses %s without repeating it', (url) => {
    const mistake = mistakeOf(() => webhook({ url }))
    expect(mistake).toBeInstanceOf(PlinthError)
    expect(String(mistake)).not.toContain(url)
  })

  it.each(['secret', 'whsec_', 'whsec_c2hvcnQ=', 'whsec_***'])(
    'refuses the secret %s without repeating it',
    (secret) => {
      const mistake = mistakeOf(() => webhook({ url: 'https://a.example', secret }))
      expect(mistake).toBeInstanceOf(PlinthError)
      if (secret !== 'whsec_') expect((mistake as Error).message).not.toContain(`"${secret}"`)
    },
  )
})

describe('mail()', () => {
  it('goes through a mail server to each address', async () => {
    const server = await openMailServer()
    const from = 'Shop <alerts@shop.example>'
    const send = smtp({ host: '127.0.0.1', port: server.port, from, ca: loopback.cert })
    onTestFinished(() => send.close())
    const to = [mail({ send, to: ['ada@shop.example', 'grace@shop.example'] })]
    const watched = watch([rule()], { to, service: 'shop' })
    await fail(watched)
    await recover(watched)
    expect(server.delivered.map((one) => one.to[0]).toSorted()).toEqual([
      'ada@shop.example',
      'ada@shop.example',
      'grace@shop.example',
      'grace@shop.example',
    ])
    const [first] = server.delivered
    expect(first?.head).toContain('Subject: [shop] ALERT: errors (page)')
    expect(first?.text).toContain('50 % of 100 in 5 min; the limit is 5 %.')
    expect(first?.text).toContain('See the runbook of errors.')
  })

  it('tries again for the address that failed alone', async () => {
    const sent: string[] = []
    const send = async ({ to }: { to: string }) => {
      sent.push(to)
      if (to.startsWith('ada') && sent.filter((one) => one === to).length === 1) {
        throw new Error('busy')
      }
    }
    const to = [mail({ send, to: ['ada@shop.example', 'grace@shop.example'] })]
    const watched = watch([rule()], { to, retries: [1] })
    await fail(watched)
    await vi.waitFor(() => expect(sent).toHaveLength(3))
    expect(sent.toSorted()).toEqual(['ada@shop.example', 'ada@shop.example', 'grace@shop.example'])
  })

  it.each([[''], ['two@a.example, three@a.example'], [[]], ['x\r\nBcc: y@a.example']])(
    'refuses the address %j',
    (to) => {
      expect(() => mail({ send: async () => {}, to })).toThrow(PlinthError)
    },
  )
})

describe('a destination', () => {
  it('that throws, hangs or lies holds up no other', async () => {
    const to: AlertDestination[] = [
      {
        name: 'throws',
        send: () => {
          throw new Error('at once')
        },
      },
      { name: 'hangs', send: () => new Promise(() => {}) },
      {
        name: 'final',
        send: async () => {
          throw new UndeliverableError('never')
        },
      },
      {
        name: 'odd',
        send: async () => {
          throw undefined
        },
      },
    ]
    const watched = watch([rule()], { to, retries: [1], timeout: 20 })
    await fail(watched)
    await vi.waitFor(() => expect(watched.logs).toHaveLength(5))
    expect(watched.told()).toEqual(['firing errors'])
  })

  it('is left at once when the server closes', async () => {
    const signals = createSignals()
    const clock = createFakeClock()
    let ended: unknown
    const hanging: AlertDestination = {
      name: 'hanging',
      send: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended = signal.reason
            reject(signal.reason)
          })
        }),
    }
    const part = alerts({ rules: [rule()], to: [hanging] })
    const monitor = openMonitor({ signals, clock, logs: false, metrics: false, parts: [part] })
    for (let at = 0; at < 20; at++) {
      signals.span({
        ...createTrace(),
        parentSpanId: undefined,
        name: 'GET',
        kind: 'server',
        start: 0,
        duration: 1,
        attributes: { 'error.type': 'Error' },
      })
    }
    clock.advance(15_000)
    const flushing = monitor.flush()
    await monitor.close()
    await flushing
    expect(ended).toBeInstanceOf(Error)
  })
})

function mistakeOf(make: () => unknown): unknown {
  try {
    make()
  } catch (error) {
    return error
  }
  return undefined
}
