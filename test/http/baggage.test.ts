import fc from 'fast-check'
import {
  anyone,
  createApp,
  defineOperation,
  type Fetch,
  fromRequest,
  type OutboundOptions,
} from 'plinth/http'
import * as v from 'valibot'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { record, send } from './send.ts'

const define = defineOperation()

/** What a handler finds as its baggage. */
async function read(baggage: string | undefined): Promise<[string, string][]> {
  const app = createApp({
    operations: {
      it: define({
        method: 'GET',
        path: '/',
        guard: anyone,
        responses: { 200: v.any() },
        handler: ({ baggage }) => ({ status: 200, body: [...baggage] }),
      }),
    },
  })
  const { status, body } = await send(app, 'GET /', {
    headers: baggage === undefined ? {} : { baggage },
  })
  expect(status).toBe(200)
  return body as [string, string][]
}

describe('the baggage of a request', () => {
  it.each<[string, string, [string, string][]]>([
    [
      'members in their order',
      'b=2,a=1',
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
    [
      'blanks around everything',
      ' \ta =\t1 ,\t b= 2\t',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'names by their case',
      'a=1,A=2',
      [
        ['a', '1'],
        ['A', '2'],
      ],
    ],
    [
      'values without their properties',
      'a=1;p;q=2 ; r = 3,b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'the last of a name that comes twice',
      'a=1,b=2,a=3',
      [
        ['a', '3'],
        ['b', '2'],
      ],
    ],
    [
      'empty values',
      'a=,b=2',
      [
        ['a', ''],
        ['b', '2'],
      ],
    ],
    ['equals signs in values', 'a=b=c==', [['a', 'b=c==']]],
    ['all that a name may hold', "!#$%&'*+-.^_`|~0Az=1", [["!#$%&'*+-.^_`|~0Az", '1']]],
    [
      'all that a value may hold',
      "a=!#$&'()*+-./09:<=>?@AZ[]^_`az{|}~",
      [['a', "!#$&'()*+-./09:<=>?@AZ[]^_`az{|}~"]],
    ],
    ['percent-encoded text', 'a=%C3%A4%20%e2%82%ac%F0%9F%98%80', [['a', 'ä €😀']]],
    ['a plus as it is', 'a=1+1', [['a', '1+1']]],
    ['names as they are, percent signs too', '%61=1', [['%61', '1']]],
    ['encoded separators as a part of their value', 'a=1%2Cb%3D2%3Bc', [['a', '1,b=2;c']]],
    [
      'what is no UTF-8 as replaced',
      'a=x%FFy,b=%C3,c=%ED%A0%80',
      [
        ['a', 'x\uFFFDy'],
        ['b', '\uFFFD'],
        ['c', '\uFFFD\uFFFD\uFFFD'],
      ],
    ],
    ['overlong encodings as replaced', 'a=%C0%AF', [['a', '\uFFFD\uFFFD']]],
    [
      'percent signs that encode nothing',
      'a=100%,b=%zz%4,c=%%41',
      [
        ['a', '100%'],
        ['b', '%zz%4'],
        ['c', '%A'],
      ],
    ],
    ['encoded control characters, decoded', 'a=%00%0d%0A%1b', [['a', '\0\r\n\u001b']]],
    ['a byte order mark', 'a=%EF%BB%BFx', [['a', '\uFEFFx']]],
    ['a value that is decoded once', 'a=%2541', [['a', '%41']]],
    [
      'names of prototypes like any other',
      '__proto__=1,constructor=2,toString=3',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
        ['toString', '3'],
      ],
    ],
  ])('holds %s', async (_title, header, members) => {
    expect(await read(header)).toEqual(members)
  })

  it.each([
    'a',
    '=1',
    ' =1',
    ',',
    ',,,',
    ';',
    'a b=1',
    'a=1 2',
    'a="1"',
    'a=\\',
    'a=\u0001',
    '\u007f=1',
    'a=\u007f',
    'ä=1',
    'a=ä',
    'a=1;',
    'a=1;;b',
    'a=1;"',
    'a=1;p q',
    'a=1;=2',
    'a=1;p=\\',
    '(a)=1',
    'a@b=1',
    'a\u0001=1',
    '',
  ])('leaves out the malformed %j and nothing else', async (member) => {
    expect(await read(`before=1,${member},after=2`)).toEqual([
      ['before', '1'],
      ['after', '2'],
    ])
  })

  it('is empty where none was sent', async () => {
    expect(await read(undefined)).toEqual([])
    expect(await read('')).toEqual([])
  })

  it('is whole up to 8,192 bytes', async () => {
    const names = Array.from({ length: 64 }, (_, at) => `name-${String(at).padStart(2, '0')}`)
    const members = names.map((name) => `${name}=${'x'.repeat(119)}`)
    members[63] += 'x'
    expect(members.join(',')).toHaveLength(8192)
    expect((await read(members.join(','))).map(([name]) => name)).toEqual(names)
    expect(await read(`${members.join(',')},y=1`)).toHaveLength(64)
    expect(await read(`${members.join(',')}x`)).toHaveLength(63)
    expect(await read(`a=${'x'.repeat(8190)}`)).toHaveLength(1)
    expect(await read(`a=${'x'.repeat(8191)}`)).toEqual([])
  })

  it('ends behind 180 members', async () => {
    const found = await read(Array.from({ length: 1000 }, (_, at) => `n${at}=1`).join(','))
    expect(found).toHaveLength(180)
    expect(found.at(-1)).toEqual(['n179', '1'])
  })

  it('bears whatever a megabyte holds', async () => {
    for (const part of ['a=1,', ',', '%', 'a=%41', 'a;', ' ', '\t,', 'a=1;p;', '=', 'a=%FF%']) {
      expect((await read(part.repeat(2 ** 20 / part.length))).length).toBeLessThanOrEqual(180)
    }
  })

  it('gives every text back that was percent-encoded', async () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .filter((value) => value.isWellFormed())
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(await read(`a=${encodeURIComponent(value)}`)).toEqual([['a', value]])
      }),
      { numRuns: 50 },
    )
  })

  it('is the same at each look, and read at the first', async () => {
    const looks: unknown[] = []
    const app = createApp({
      operations: {
        it: define({
          method: 'GET',
          path: '/',
          guard: anyone,
          responses: { 200: v.string() },
          handler: (context) => {
            const asked = () => header.mock.calls.filter(([name]) => name === 'baggage').length
            const before = asked()
            const first = context.baggage
            looks.push(before, context.baggage === first, asked())
            return { status: 200, body: 'x' }
          },
        }),
      },
    })
    const incoming = fromRequest(
      new Request('https://shop.example/', { headers: { baggage: 'a=1' } }),
    )
    const header = vi.spyOn(incoming, 'header')
    await app.handle(incoming)
    expect(looks).toEqual([0, true, 1])
  })
})

/** The baggage that others were sent by a handler. */
async function passedOn(
  baggage: string | undefined,
  use: (fetch: Fetch) => Promise<unknown>,
  outbound?: OutboundOptions,
): Promise<(string | null)[]> {
  const sent = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('x'))
  const app = createApp({
    operations: {
      it: define({
        method: 'GET',
        path: '/',
        guard: anyone,
        responses: { 200: v.string() },
        handler: async ({ fetch }) => ({ status: 200, body: String(await use(fetch)) }),
      }),
    },
    ...(outbound && { outbound }),
  })
  const { status } = await send(app, 'GET /', { headers: baggage === undefined ? {} : { baggage } })
  expect(status).toBe(200)
  return sent.mock.calls.map(([, init]) => new Headers(init?.headers).get('baggage'))
}

describe('requests to others', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each([
    'http://127.0.0.1:9000/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://10.1.2.3/',
    'http://stock:8080/',
    'https://stock.internal/',
    'http://localhost/',
  ])('carry baggage on inside, as to %s', async (url) => {
    expect(await passedOn('a=1;p=2,b=%C3%A4,a=3', (fetch) => fetch(url))).toEqual([
      'a=1;p=2,b=%C3%A4,a=3',
    ])
  })

  it.each([
    'https://rates.example/',
    'http://8.8.8.8/',
    'http://[2606:4700::1]/',
    'https://a.local.example/',
  ])('carry none to the public %s', async (url) => {
    expect(await passedOn('a=1', (fetch) => fetch(url))).toEqual([null])
    expect(await passedOn('a=1', (fetch) => fetch(new URL(url)))).toEqual([null, null])
    expect(await passedOn('a=1', (fetch) => fetch(new Request(url)))).toEqual([null, null, null])
  })

  it('carry baggage on wherever the app allows', async () => {
    const outbound = { allow: ['https://stock.example'] }
    const use = (fetch: Fetch) => fetch('https://stock.example/x')
    expect(await passedOn('a=1', use, outbound)).toEqual(['a=1'])
    const elsewhere = (fetch: Fetch) => fetch('http://127.0.0.1/').catch(() => {})
    expect(await passedOn('a=1', elsewhere, outbound)).toEqual(['a=1'])
  })

  it('keep a baggage header of their own', async () => {
    const use = async (fetch: Fetch) => {
      await fetch('https://rates.example/', { headers: { baggage: 'own=1' } })
      await fetch('http://127.0.0.1/', { headers: { Baggage: 'own=2' } })
      await fetch(new Request('http://127.0.0.1/', { headers: { baggage: 'own=3' } }))
      await fetch('http://127.0.0.1/', { headers: { baggage: '' } })
    }
    expect(await passedOn('a=1', use)).toEqual(['own=1', 'own=2', 'own=3', ''])
  })

  it('carry on what is well-formed and no more', async () => {
    const use = (fetch: Fetch) => fetch('http://127.0.0.1/')
    expect(await passedOn(' a=1 , b="2", __proto__ = 3;p ,\u0001=1,ä=1,c=%zz', use)).toEqual([
      'a=1,__proto__ = 3;p,c=%zz',
    ])
  })

  it.each([undefined, '', ',', 'nonsense', 'a="1"', `a=${'x'.repeat(9000)}`])(
    'carry none for %j',
    async (baggage) => {
      expect(await passedOn(baggage, (fetch) => fetch('http://127.0.0.1/'))).toEqual([null])
    },
  )

  it('carry on what fits into 8,192 bytes, member by member', async () => {
    const whole = Array.from({ length: 100 }, (_, at) => `n${at}=${'x'.repeat(100)}`).join(',')
    const [kept] = await passedOn(whole, (fetch) => fetch('http://127.0.0.1/'))
    expect(kept?.length).toBeGreaterThan(8000)
    expect(kept?.length).toBeLessThanOrEqual(8192)
    expect(whole.startsWith(`${kept},`)).toBe(true)
  })
})

it('reports nothing of the baggage', async () => {
  vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
  const { signals, spans, logs } = record()
  const app = createApp({
    operations: {
      it: define({
        method: 'GET',
        path: '/',
        guard: anyone,
        responses: { 200: v.string() },
        handler: async ({ fetch, log, baggage }) => {
          log({ level: 'info', message: `${baggage.size} members` })
          await fetch('http://127.0.0.1/')
          return { status: 200, body: 'x' }
        },
      }),
    },
    signals,
  })
  await send(app, 'GET /', { headers: { baggage: 'customer=planted' } })
  vi.restoreAllMocks()
  expect([spans.length, logs.length]).toEqual([2, 2])
  expect(JSON.stringify([spans, logs])).not.toContain('planted')
})
