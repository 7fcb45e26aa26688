import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { anyone, createApp, defineOperation, type Fetch } from 'plinth/http'
import { PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { record, send } from './send.ts'

const define = defineOperation()

/** Two servers of one machine: one that may be asked, and one that nobody outside must reach. */
const servers: Server[] = []
let allowed: string
let inner: string
let innerAsked = 0

beforeAll(async () => {
  inner = await serve((_, response) => {
    innerAsked += 1
    response.end('secret')
  })
  allowed = await serve(({ url = '/' }, response) => {
    const status = Number(/\/redirect\/(\d+)/.exec(url)?.[1] ?? 200)
    if (status !== 200)
      response.setHeader('location', decodeURIComponent(url.split('?to=')[1] ?? ''))
    response.statusCode = status
    response.end('hello')
  })
})

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a handler's fetch of a URL comes to: the text of the answer, or the code of the error. */
async function ask(allow: readonly string[], ...[url, init]: Parameters<Fetch>): Promise<string> {
  const app = createApp({
    operations: {
      it: define({
        method: 'GET',
        path: '/',
        guard: anyone,
        responses: { 200: v.string() },
        async handler({ fetch }) {
          try {
            const response = await fetch(url, init)
            return { status: 200, body: `${response.status} ${await response.text()}` }
          } catch (error) {
            return { status: 200, body: error instanceof PlinthError ? error.code : String(error) }
          }
        },
      }),
    },
    outbound: { allow },
  })
  return JSON.parse((await send(app, 'GET /')).text)
}

describe('requests of handlers, with a list of places', () => {
  it('go to the places that are listed', async () => {
    expect(await ask([allowed], `${allowed}/any?where`)).toBe('200 hello')
    expect(await ask([`${allowed}/`], new URL(allowed))).toBe('200 hello')
    expect(await ask([`${allowed}/v1`], new Request(`${allowed}/v1`))).toBe('200 hello')
    expect(await ask([`${allowed}/v1/`], `${allowed}/v2/../v1/rates`)).toBe('200 hello')
  })

  it.each([
    ['an empty list', () => [[], allowed]],
    ['another port', () => [[allowed], inner]],
    ['another scheme', () => [[allowed], allowed.replace('http:', 'https:')]],
    ['another path', () => [[`${allowed}/v1`], `${allowed}/v12`]],
    ['a way up', () => [[`${allowed}/v1`], `${allowed}/v1/../admin`]],
    ['an encoded way up', () => [[`${allowed}/v1`], `${allowed}/v1/%2e%2e/admin`]],
    ['an encoded slash', () => [[`${allowed}/v1`], `${allowed}/v1/..%2fadmin`]],
    ['an encoded backslash', () => [[`${allowed}/v1`], `${allowed}/v1/..%5Cadmin`]],
    ['a backslash', () => [[`${allowed}/v1`], `${allowed}/v1/..\\admin`]],
    [
      'a name that begins alike',
      () => [['https://rates.example'], 'https://rates.example.evil.test'],
    ],
    [
      'a user that looks like it',
      () => [['https://rates.example'], 'https://rates.example@evil.test'],
    ],
    ['a file', () => [[allowed], 'file:///etc/passwd']],
    ['data', () => [[allowed], 'data:text/plain,hello']],
    ['no URL', () => [[allowed], 'nonsense']],
    ['a relative URL', () => [[allowed], '//evil.test']],
  ] as [string, () => [string[], string]][])(
    '[ASVS 13.2.4] [ASVS 1.3.6] [family 14] do not go out by %s',
    async (_, of) => {
      const [allow, url] = of()
      expect(await ask(allow, url)).toBe('outbound_refused')
    },
  )

  it('[ASVS 1.3.6] [family 14] reach one’s own network by no spelling of an address', async () => {
    const before = innerAsked
    const { port } = new URL(inner)
    await fc.assert(
      fc.asyncProperty(loopback, async (host) => {
        expect(await ask([allowed, 'https://rates.example'], `http://${host}:${port}/`)).toBe(
          'outbound_refused',
        )
      }),
    )
    expect(innerAsked).toBe(before)
  })

  it.each([301, 302, 303, 307, 308])(
    '[ASVS 15.3.2] [ASVS 13.2.4] [family 14] follow no redirect with %i',
    async (status) => {
      const before = innerAsked
      for (const to of [inner, `${allowed}/`, '//127.0.0.1:1']) {
        const url = `${allowed}/redirect/${status}?to=${encodeURIComponent(to)}`
        expect(await ask([allowed], url)).toBe('outbound_refused')
        expect(await ask([allowed], url, { redirect: 'follow' })).toBe('outbound_refused')
        expect(await ask([allowed], new Request(url, { method: 'POST', body: 'x' }))).toBe(
          'outbound_refused',
        )
        expect(await ask([allowed], url, { redirect: 'manual' })).toBe(`${status} hello`)
      }
      expect(innerAsked).toBe(before)
    },
  )

  it('[ASVS 13.2.4] [family 14] do not go to what a URL becomes once it was looked at', async () => {
    const before = innerAsked
    let times = 0
    const turning = { toString: () => (times++ === 0 ? allowed : inner) }
    await ask([allowed], turning as unknown as URL)
    expect(innerAsked).toBe(before)
  })

  it('[ASVS 16.3.3] tell the log of the URL and the client nothing', async () => {
    const { signals, logs, spans } = record()
    const app = createApp({
      operations: {
        it: define({
          method: 'GET',
          path: '/',
          guard: anyone,
          responses: { 200: v.string() },
          handler: async ({ fetch }) => ({ status: 200, body: await (await fetch(inner)).text() }),
        }),
      },
      outbound: { allow: [] },
      signals,
    })
    const { status, text } = await send(app, 'GET /')
    expect(status).toBe(500)
    expect(text).not.toContain(new URL(inner).port)
    expect(JSON.stringify(logs.map(({ error }) => String(error)))).toContain(inner)
    expect(spans[0]).toMatchObject({
      kind: 'client',
      attributes: { 'server.address': '127.0.0.1' },
    })
  })

  it.each([
    ['rates.example'],
    ['*'],
    ['https://*.example/?a'],
    ['https://user@rates.example'],
    ['https://rates.example/#part'],
    ['ftp://rates.example'],
    ['null'],
    [7],
  ])('are misused with %j', (place) => {
    const outbound = { allow: [place as string] }
    expect(() => createApp({ operations: {}, outbound })).toThrow(
      /outbound: allow.*no place to ask/,
    )
  })

  it('are misused with anything but a list', () => {
    const wrong = (outbound: object) => () =>
      createApp({ operations: {}, outbound: outbound as { allow: string[] } })
    expect(wrong({ allow: 'https://rates.example' })).toThrow('expected a list of URLs')
    expect(wrong({ deny: [] })).toThrow('option "deny" is unknown')
  })
})

/** 127.0.0.1 as parsers of URLs take it: decimal, octal and hex, in fewer parts, mapped, full-width. */
const loopback: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom([127, 0, 0, 1], [127, 0, 1], [127, 1], [0x7f000001], [0, 0, 0, 0], [0]),
    fc.infiniteStream(fc.constantFrom(10, 8, 16)),
    fc.boolean(),
  )
  .map(([parts, bases, wide]) => {
    const text = parts.map((part) => inBase(part, bases.next().value)).join('.')
    return wide
      ? text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
      : text
  })
  .chain((text) =>
    fc.constantFrom(
      text,
      `${text}.`,
      `user:password@${text}`,
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:7f00:0001]',
      '[::127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[::]',
      'localhost',
      'LOCALHOST.',
      'localtest.me',
    ),
  )

function inBase(part: number, base: number): string {
  if (base === 8) return `0${part.toString(8)}`
  return base === 16 ? `0x${part.toString(16)}` : String(part)
}
