import crypto from 'node:crypto'
import { type Auth, password } from 'plinth/auth'
import type { AnyTable } from 'plinth/data'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Argon2 } from '../../src/auth/password/argon2.ts'
import { nativeArgon2 } from '../../src/auth/password/argon2-native.ts'
import { scriptArgon2 } from '../../src/auth/password/argon2-script.ts'
import { wasmArgon2 } from '../../src/auth/password/argon2-wasm.ts'
import { createQueue } from '../../src/auth/password/hash-queue.ts'
import { selectArgon2 } from '../../src/auth/password/select-argon2.ts'
import { ADA, type AuthApp, enter, openApp, signIn } from './app.ts'

const native = nativeArgon2()
const engines: [string, Argon2][] = [
  ...(native ? ([['native', native]] satisfies [string, Argon2][]) : []),
  ['WebAssembly', wasmArgon2],
  ['script', scriptArgon2],
]

const passwords = ({ tables }: Auth): AnyTable => {
  const found = tables.find(({ name }) => name === 'plinth_passwords')
  if (found) return found
  throw new Error('there is no table of passwords')
}

/** The one stored hash. */
async function storedHash(app: AuthApp): Promise<string> {
  const row = await app.database.system.first(passwords(app.description))
  return String(row?.hash)
}

/** Puts another hash in the one account’s place. */
async function replaceHash(app: AuthApp, hash: string): Promise<void> {
  await app.database.system.updateMany(passwords(app.description), {}, { hash })
}

describe('argon2id', () => {
  afterEach(() => void vi.unstubAllGlobals())

  // The reference implementation's own test (phc-winner-argon2, test.c), argon2id version 19.
  it.each(engines)('by %s agrees with the reference implementation', async (_, argon2) => {
    const hash = await argon2({
      password: new TextEncoder().encode('password'),
      salt: new TextEncoder().encode('somesalt'),
      memory: 256,
      passes: 2,
      lanes: 2,
      length: 32,
    })
    expect(Buffer.from(hash).toString('hex')).toBe(
      '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037',
    )
  })

  it.each(engines)('by %s agrees with the others at the default cost', async (_, argon2) => {
    const input = {
      password: new TextEncoder().encode('Pässwörter 🐎'),
      salt: Uint8Array.from({ length: 16 }, (_, at) => at * 7),
      memory: 19_456,
      passes: 2,
      lanes: 1,
      length: 32,
    }
    expect(new Uint8Array(await argon2(input))).toEqual(new Uint8Array(await wasmArgon2(input)))
  })

  it('is computed by the best engine that the runtime has', async () => {
    expect(String(await selectArgon2())).toBe(String(native ?? wasmArgon2))
    vi.stubGlobal('process', { ...process, getBuiltinModule: () => ({}) })
    expect(await selectArgon2()).toBe(wasmArgon2)
    const Module = class {
      constructor() {
        throw new EvalError('Wasm code generation disallowed by embedder')
      }
    }
    vi.stubGlobal('WebAssembly', { Module })
    expect(await selectArgon2()).toBe(scriptArgon2)
  })
})

describe('a stored password', () => {
  it('[ASVS 11.4.2] is an argon2id hash under a salt of its own', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    await app.send('/auth/sign-up', { json: { ...ADA, email: 'twin@example.com' } })
    const { items } = await app.database.system.list(passwords(app.description))
    const hashes = items.map(({ hash }) => String(hash))
    for (const hash of hashes) {
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    }
    expect(new Set(hashes).size).toBe(2)
  })

  it('is hashed again at sign-in when hashes have become dearer', async () => {
    const cheap = await openApp()
    await cheap.send('/auth/sign-up', { json: ADA })
    const old = await storedHash(cheap)

    const app = await openApp({ factors: [password({ argon2: { memory: 20_480, passes: 3 } })] })
    await app.send('/auth/sign-up', { json: ADA })
    await replaceHash(app, old)
    expect((await signIn(app, { ...ADA, password: 'not her own' })).answer.status).toBe(401)
    expect(await storedHash(app)).toBe(old)
    expect((await signIn(app)).answer.status).toBe(200)
    const renewed = await storedHash(app)
    expect(renewed).toMatch(/^\$argon2id\$v=19\$m=20480,t=3,p=1\$/)
    expect((await signIn(app)).answer.status).toBe(200)
    expect(await storedHash(app)).toBe(renewed)
  })

  it('may come from another argon2 library', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    // argon2 -id -m 16 -t 3 -p 4, salt "from another system".
    const hash = await foreignHash(ADA.password)
    await replaceHash(app, hash)
    expect((await signIn(app)).answer.status).toBe(200)
    expect(await storedHash(app)).toBe(hash)
  })

  it.each([
    ['empty', ''],
    ['a password in the clear', ADA.password],
    ['of another function', '$2b$12$abcdefghijklmnopqrstuuM1bwSvq5bGvVCqjkTBuJZ7mGRbmO2xC'],
    ['of another version', '$argon2id$v=16$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA'],
    ['without a hash', '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$'],
  ])('that is %s opens nothing', async (_, hash) => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    await replaceHash(app, hash)
    const { answer } = await signIn(app)
    expect([answer.status, answer.json.code]).toEqual([401, 'wrong_credentials'])
  })

  it('opens nothing when it is presented itself', async () => {
    const app = await openApp()
    await enter(app)
    const stored = await storedHash(app)
    expect((await signIn(app, { ...ADA, password: stored })).answer.status).toBe(401)
  })
})

describe('the queue of hashes', () => {
  it('runs no more than so many at once, in order', async () => {
    const queue = createQueue({ running: 2, waiting: 10 })
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
    const begun: number[] = []
    const work = gates.map(({ promise }, at) =>
      queue(async () => {
        begun.push(at)
        await promise
      }),
    )
    await turn()
    expect(begun).toEqual([0, 1])
    gates[1]?.resolve()
    await turn()
    expect(begun).toEqual([0, 1, 2])
    for (const gate of gates) gate.resolve()
    await Promise.all(work)
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  it('refuses what would wait too long, with 503', async () => {
    const queue = createQueue({ running: 1, waiting: 1 })
    const gate = Promise.withResolvers<void>()
    const accepted = [queue(() => gate.promise), queue(() => gate.promise)]
    await expect(queue(() => gate.promise)).rejects.toMatchObject({
      code: 'overloaded',
      status: 503,
      headers: { 'retry-after': '5' },
    })
    gate.resolve()
    await Promise.all(accepted)
    await expect(queue(async () => 'again')).resolves.toBe('again')
  })

  it('passes its place on when work fails', async () => {
    const queue = createQueue({ running: 1, waiting: 5 })
    const outcomes = await Promise.allSettled([
      queue(() => Promise.reject(new Error('no memory'))),
      queue(async () => 'next'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  it('forgets those who have gone away', async () => {
    const queue = createQueue({ running: 1, waiting: 1 })
    const gate = Promise.withResolvers<void>()
    const first = queue(() => gate.promise)
    const client = new AbortController()
    let ran = false
    const gone = queue(async () => {
      ran = true
    }, client.signal)
    client.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    await expect(queue(async () => 0, client.signal)).rejects.toThrow('gone')
    const next = queue(async () => 'next')
    gate.resolve()
    await first
    expect([await next, ran]).toEqual(['next', false])
  })
})

it.runIf(native)('[ASVS 15.2.2] hashes in few places at once during a flood', async () => {
  let [running, most, total] = [0, 0, 0]
  const { argon2 } = crypto
  const spy = vi.spyOn(crypto, 'argon2').mockImplementation((algorithm, input, done) => {
    total += 1
    running += 1
    most = Math.max(most, running)
    argon2(algorithm, input, (error, hash) => {
      running -= 1
      done(error, hash)
    })
  })
  onTestFinished(() => spy.mockRestore())
  const limit = { attempts: 1000, window: 60_000 }
  const app = await openApp({ limits: { account: limit, address: limit } })
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, count) =>
      app.send('/auth/sign-in', { json: { ...ADA, email: `user${count}@example.com` } }),
    ),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
  expect(total).toBe(40)
  expect(most).toBeLessThanOrEqual(3)
})

async function foreignHash(text: string): Promise<string> {
  const salt = new TextEncoder().encode('from another system')
  const input = { password: new TextEncoder().encode(text), salt, memory: 65_536, passes: 3 }
  const hash = await wasmArgon2({ ...input, lanes: 4, length: 24 })
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=65536,t=3,p=4$${base64(salt)}$${base64(hash)}`
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
