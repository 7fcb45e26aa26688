import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import {
  createIds,
  createMac,
  fromBase64Url,
  isUuid,
  misuse,
  PlinthError,
  sha256,
  systemRandom,
  toBase64Url,
  toHex,
  uuidv7,
} from 'plinth/kernel'
import { expect, test } from 'vitest'

test('carries code, status and a private cause', () => {
  const cause = new Error('disk')
  const error = new PlinthError('sold_out', 'Only 3 left.', {
    status: 409,
    cause,
    details: { left: 3 },
  })
  expect(error).toMatchObject({
    code: 'sold_out',
    status: 409,
    message: 'Only 3 left.',
    details: { left: 3 },
  })
  expect(error.cause).toBe(cause)
  expect('cause' in new PlinthError('a', 'b')).toBe(false)
})

test('names the place of a misuse', () => {
  expect(misuse('table("notes")', 'no columns')).toMatchObject({
    code: 'misuse',
    status: 500,
    message: 'table("notes"): no columns',
  })
})

test('makes increasing UUIDs of version 7', () => {
  const ids = Array.from({ length: 20_000 }, () => uuidv7())
  expect(ids.every(isUuid)).toBe(true)
  expect(ids.every((id) => id[14] === '7' && '89ab'.includes(id[19] ?? ''))).toBe(true)
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test('keeps increasing when the clock steps back', () => {
  let now = 1_700_000_000_000
  const nextId = createIds({ clock: { now: () => now } })
  const first = nextId()
  now -= 60_000
  expect(nextId() > first).toBe(true)
  now += 120_000
  const later = nextId()
  expect(Number.parseInt(later.replace('-', '').slice(0, 12), 16)).toBe(now)
})

test('borrows the next millisecond when a counter is spent', () => {
  const nextId = createIds({ clock: { now: () => 1_700_000_000_000 } })
  const ids = Array.from({ length: 10_000 }, nextId)
  expect([...ids].sort()).toEqual(ids)
})

test('round-trips base64url and refuses other spellings', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes)
    }),
  )
  for (const text of ['A', 'AB', 'AA==', 'A+', 'é', 'AAB'])
    expect(fromBase64Url(text)).toBeUndefined()
})

test('digests like the published vectors', async () => {
  expect(await sha256('abc')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  expect(await sha256(new TextEncoder().encode('abc'))).toBe(await sha256('abc'))
  // RFC 4231, test case 2.
  const mac = createMac(new TextEncoder().encode('Jefe'))
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  expect(await mac('what do ya want for nothing?')).toBe(
    Buffer.from(expected, 'hex').toString('base64url'),
  )
})

test('signs like node:crypto whatever the key and text', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }),
      async (key, text) => {
        const expected = createHmac('sha256', key).update(text).digest('base64url')
        expect(await createMac(key)(text)).toBe(expected)
      },
    ),
  )
})

test('hands out each random byte once', () => {
  const seen = new Set(Array.from({ length: 5000 }, () => toHex(systemRandom.bytes(16))))
  expect(seen.size).toBe(5000)
  expect(systemRandom.bytes(100_000)).toHaveLength(100_000)
})
