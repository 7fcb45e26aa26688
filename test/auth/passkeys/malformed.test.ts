import { sessions } from 'plinth/auth'
import { fromBase64Url, toBase64Url } from 'plinth/kernel'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Answer, AuthApp } from '../app.ts'
import { createAuthenticator, type Deviation } from './authenticator.ts'
import { bytes, type Cbor, encodeCbor, join, utf8 } from './cbor.ts'
import {
  bearer,
  creationOptions,
  member,
  openPasskeyApp,
  passkeysOf,
  post,
  secondFactorOptions,
  showPassword,
  signInOptions,
  signInWith,
  UNLIMITED,
} from './fixture.ts'

type Json = Record<string, unknown>

/** A ceremony that is about to succeed, to be spoilt. */
interface Ceremony {
  readonly app: AuthApp
  /** Makes an answer that would be taken. */
  make(deviation?: Deviation): Promise<Json>
  send(credential: unknown): Promise<Answer>
  /** How often it was taken. */
  taken(): Promise<number>
}

async function openRegistration(): Promise<Ceremony> {
  const app = await openPasskeyApp({}, UNLIMITED)
  const { authenticator: first } = await member(app)
  const headers = bearer(await signInWith(app, first))
  return {
    app,
    make: async (deviation) => {
      const authenticator = await createAuthenticator()
      const made = await authenticator.create(await creationOptions(app, headers), deviation)
      return { ...made }
    },
    send: (credential) => post(app, '/auth/passkeys', { json: { credential }, headers }),
    taken: async () => (await passkeysOf(app, headers)).length - 1,
  }
}

async function openSignIn(): Promise<Ceremony> {
  const app = await openPasskeyApp({}, UNLIMITED)
  const { authenticator } = await member(app)
  return {
    app,
    make: async (deviation) => {
      const made = await authenticator.get(await signInOptions(app), deviation)
      return { ...made }
    },
    send: (credential) =>
      post(app, '/auth/sign-in/passkey', { json: { credential, transport: 'bearer' } }),
    taken: async () => (await app.database.system.count(sessions)) - 1,
  }
}

async function openSecondFactor(): Promise<Ceremony> {
  const app = await openPasskeyApp({}, UNLIMITED)
  const { authenticator } = await member(app)
  const pending = await showPassword(app)
  return {
    app,
    make: async (deviation) => {
      const made = await authenticator.get(await secondFactorOptions(app, pending), deviation)
      return { ...made }
    },
    send: (credential) =>
      post(app, '/auth/second-factor/passkey', {
        json: { credential, pending, transport: 'bearer' },
      }),
    taken: async () => (await app.database.system.count(sessions)) - 1,
  }
}

const ceremonies = [
  { name: 'a new passkey', open: openRegistration, refusal: 400 },
  { name: 'a sign-in', open: openSignIn, refusal: 401 },
  { name: 'a second factor', open: openSecondFactor, refusal: 401 },
]

/** Fields that may be left out. */
const OPTIONAL = ['response.transports', 'response.userHandle']
const WRONG: readonly [string, unknown][] = [
  ['a number', 1],
  ['null', null],
  ['true', true],
  ['a list', ['AAAA']],
  ['an object', { valueOf: 'AAAA' }],
  ['empty text', ''],
  ['base64 with padding', 'AAA='],
  ['base64 of the other alphabet', 'AA+/'],
  ['text with a line feed', 'AAAA\n'],
  ['text with NUL', 'AA\u0000A'],
  ['letters of another script', 'ааaa'],
  ['a megabyte of text', 'A'.repeat(1_000_000)],
]

describe.each(ceremonies)('of the answer to $name', ({ open, refusal }) => {
  let ceremony: Ceremony
  beforeEach(async () => {
    ceremony = await open()
  })

  const expectRefused = async (credential: unknown, what: string, statuses: readonly number[]) => {
    const answer = await ceremony.send(credential)
    expect(statuses, `${what}: ${answer.status} ${answer.text}`).toContain(answer.status)
    expect(answer.json.code, what).toMatch(
      /^(?:invalid_input|passkey_refused|wrong_passkey|body_too_large)$/,
    )
  }

  it('every field is needed, of its type and length', async () => {
    const good = await ceremony.make()
    let tried = 0
    for (const path of pathsOf(good)) {
      const needed = !OPTIONAL.includes(path)
      if (needed) await expectRefused(without(good, path), `no ${path}`, [422])
      for (const [what, value] of WRONG) {
        // No user handle is what a key gives that was not discovered.
        if (!needed && (value === null || Array.isArray(value))) continue
        const statuses = what === 'a megabyte of text' ? [413, 422] : [422]
        await expectRefused(withValue(good, path, value), `${path}: ${what}`, statuses)
        tried += 1
      }
    }
    expect(tried).toBeGreaterThan(60)
    expect(await ceremony.taken()).toBe(0)
    expect((await ceremony.send(good)).status, 'the good one').toBeLessThan(300)
  })

  it('text that is no base64url of anything means nothing', async () => {
    for (const path of pathsOf(await ceremony.make())) {
      if (path === 'type' || path === 'response.transports') continue
      for (const value of ['A', 'AAAAA', '____', '-', 'AAAA', toBase64Url(utf8('null'))]) {
        const spoilt = withValue(await ceremony.make(), path, value)
        await expectRefused(spoilt, `${path}: ${value}`, [refusal])
      }
    }
    expect(await ceremony.taken()).toBe(0)
  })

  it('client data is the JSON that a browser writes', async () => {
    const good = await ceremony.make()
    const { challenge } = clientDataOf(good)
    const texts = [
      'null',
      '[]',
      '"x"',
      '{',
      '{}',
      '\u0000',
      JSON.stringify({ challenge }),
      JSON.stringify({ ...clientDataOf(good), origin: ['https://app.test'] }),
      JSON.stringify({ ...clientDataOf(good), challenge: [challenge] }),
      JSON.stringify({ ...clientDataOf(good), challenge: {} }),
      JSON.stringify({ ...clientDataOf(good), type: 'payment.get' }),
      `{"__proto__":${JSON.stringify(clientDataOf(good))}}`,
      '['.repeat(6000),
    ]
    for (const text of texts) {
      const spoilt = withValue(
        await ceremony.make(),
        'response.clientDataJSON',
        toBase64Url(utf8(text)),
      )
      await expectRefused(spoilt, text.slice(0, 80), [refusal])
    }
    expect(await ceremony.taken()).toBe(0)
  })

  it('[ASVS 15.3.6] what pollutes prototypes pollutes none', async () => {
    const good = await ceremony.make()
    const { response, ...outer } = good
    const polluted = `{"__proto__":{"polluted":1,"response":{}},"constructor":{"prototype":{"polluted":1}}`
    const texts = [
      `${polluted},${JSON.stringify(good).slice(1)}`,
      `{"__proto__":${JSON.stringify(good)}}`,
      `${JSON.stringify(outer).slice(0, -1)},"response":{"__proto__":${JSON.stringify(response)}}}`,
    ]
    for (const [at, text] of texts.entries()) {
      const answer = await ceremony.send(JSON.parse(text))
      expect(answer.status, text).toBeLessThan(500)
      if (at > 0) expect(answer.status, text).toBe(422)
    }
    expect(({} as Json)['polluted']).toBeUndefined()
  })

  it('no changed byte is taken, and none breaks anything', async () => {
    const field = refusal === 400 ? 'attestationObject' : 'authenticatorData'
    const path = `response.${field}`
    const { length } = bytesOf(await ceremony.make(), path)
    const places = Array.from({ length: 40 }, (_, at) => Math.floor((at * length) / 40))
    let taken = 0
    for (const place of places) {
      const good = await ceremony.make()
      const changed = bytesOf(good, path)
      changed[place] = (changed[place] ?? 0) ^ 0xff
      const answer = await ceremony.send(withValue(good, path, toBase64Url(changed)))
      // Of a new passkey nothing is signed: another model, or another key, is as good as that one.
      if (answer.status < 300 && refusal === 400) taken += 1
      else expect(answer.status, `byte ${place}: ${answer.text}`).toBe(refusal)
      const cut = bytesOf(good, path).slice(0, place)
      if (place > 0) {
        const half = withValue(await ceremony.make(), path, toBase64Url(cut))
        await expectRefused(half, `cut at ${place}`, [refusal])
      }
    }
    expect(await ceremony.taken()).toBe(taken)
  })
})

describe('what an authenticator writes of a new passkey', () => {
  const cose = (entries: [number, Cbor][]): Cbor => new Map(entries)
  const point = (fill: number) => new Uint8Array(32).fill(fill)
  const keys: [string, Cbor][] = [
    ['no key', cose([])],
    ['a list for a key', [1, 2]],
    [
      'a key of no known kind',
      cose([
        [1, 9],
        [3, -7],
      ]),
    ],
    [
      'a key of a kind of its own',
      cose([
        [1, 2],
        [3, -65_535],
        [-1, 1],
        [-2, point(1)],
        [-3, point(1)],
      ]),
    ],
    [
      'a key of short coordinates',
      cose([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, new Uint8Array(1)],
        [-3, point(1)],
      ]),
    ],
    [
      'a key of RSA that is too long',
      cose([
        [1, 3],
        [3, -257],
        [-1, new Uint8Array(2048).fill(3)],
        [-2, bytes(65_537, 3)],
      ]),
    ],
    [
      'a symmetric key',
      cose([
        [1, 4],
        [3, -7],
        [-1, point(1)],
      ]),
    ],
  ]
  it.each(keys)('is refused with %s', async (_, publicKey) => {
    const { make, send, taken } = await openRegistration()
    const answer = await send(await make({ publicKey }))
    expect([answer.status, answer.json.code]).toEqual([400, 'passkey_refused'])
    expect(await taken()).toBe(0)
  })

  it('is refused when it is nested without end, or longer than it is', async () => {
    const { make, send, taken } = await openRegistration()
    const objects = [
      new Uint8Array(20_000).fill(0x81),
      join(new Uint8Array(10_000).fill(0xa1), bytes(0, 1)),
      join(bytes(0x5b, 1), new Uint8Array(8).fill(0xff)),
      join(bytes(0x9b, 1), new Uint8Array(8).fill(0xff)),
      join(bytes(0xbb, 1), new Uint8Array(8).fill(0xff)),
      join(bytes(0xbf, 1), bytes(0xff, 1)),
      join(encodeCbor(new Map([['authData', utf8('x')]])), utf8('more')),
      encodeCbor(new Map<string, Cbor>([['authData', 'text']])),
      encodeCbor(new Map<string, Cbor>([['authData', new Uint8Array(36)]])),
      encodeCbor(new Map<string, Cbor>([['__proto__', new Map([['authData', point(1)]])]])),
    ]
    for (const [at, object] of objects.entries()) {
      const spoilt = withValue(await make(), 'response.attestationObject', toBase64Url(object))
      const answer = await send(spoilt)
      expect([answer.status, answer.json.code], `object ${at}`).toEqual([400, 'passkey_refused'])
    }
    expect(await taken()).toBe(0)
  })

  it('is not looked at where it speaks of its make', async () => {
    const { make, send } = await openRegistration()
    const certificates = Array.from({ length: 20 }, () => new Uint8Array(1000).fill(0x30))
    const attStmt = new Map<string, Cbor>([
      ['alg', -7],
      ['sig', new Uint8Array(64)],
      ['x5c', certificates],
    ])
    const credential = await make({ statement: { fmt: 'packed', attStmt } })
    expect((await send(credential)).status).toBe(201)
  })
})

/** The paths of all that is no object: `response.signature`. */
function pathsOf(value: Json, before = ''): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const path = before + key
    const nested = typeof item === 'object' && item !== null && !Array.isArray(item)
    return nested ? pathsOf(item as Json, `${path}.`) : [path]
  })
}

function withValue(value: Json, path: string, item: unknown): Json {
  const [key = '', ...rest] = path.split('.')
  if (rest.length === 0) return { ...value, [key]: item }
  return { ...value, [key]: withValue(value[key] as Json, rest.join('.'), item) }
}

function without(value: Json, path: string): Json {
  return JSON.parse(JSON.stringify(withValue(value, path, undefined)))
}

function bytesOf(credential: Json, path: string): Uint8Array {
  const [, field = ''] = path.split('.')
  const text = (credential['response'] as Record<string, string>)[field] ?? ''
  return new Uint8Array(fromBase64Url(text) ?? [])
}

function clientDataOf(credential: Json): Json {
  return JSON.parse(new TextDecoder().decode(bytesOf(credential, 'response.clientDataJSON')))
}
