import { createKeyring, generateKey, PlinthError, Secret } from 'plinth/kernel'
import { expect, test } from 'vitest'

const old = generateKey()
const fresh = generateKey()
const text = new TextEncoder().encode('totp seed')

test('opens what it sealed, for the same purpose only', async () => {
  const keys = createKeyring({ current: 'a', keys: { a: old } })
  const sealed = await keys.seal(text, 'totp')
  expect(await keys.open(sealed, 'totp')).toEqual(text)
  expect(await keys.open(sealed, 'mail')).toBeNull()
})

test('[ASVS 11.3.4] seals the same text differently each time', async () => {
  const keys = createKeyring({ current: 'a', keys: { a: old } })
  expect(await keys.seal(text, 'totp')).not.toBe(await keys.seal(text, 'totp'))
})

test('opens and verifies under former keys', async () => {
  const before = createKeyring({ current: 'a', keys: { a: old } })
  const after = createKeyring({ current: 'b', keys: { a: old, b: new Secret(fresh) } })
  const sealed = await before.seal(text, 'totp')
  const signature = await before.sign('hello', 'mail')
  expect(await after.open(sealed, 'totp')).toEqual(text)
  expect(await after.verify('hello', signature, 'mail')).toBe(true)
  expect([after.isFormer(sealed), before.isFormer(sealed)]).toEqual([true, false])
})

test('[ASVS 11.2.5] [ASVS 11.3.3] opens nothing that was damaged or renamed', async () => {
  const keys = createKeyring({ current: 'a', keys: { a: old, b: old } })
  const sealed = await keys.seal(text, 'totp')
  const flipped = `${sealed.slice(0, -4)}AAAA`
  const inputs = [
    flipped,
    sealed.replace('a.', 'b.'),
    sealed.replace('a.', 'c.'),
    'a.',
    '',
    '.',
    'a.%%%',
    `${sealed}A`,
  ]
  for (const input of inputs) expect(await keys.open(input, 'totp')).toBeNull()
})

test('verifies no altered text, signature or purpose', async () => {
  const keys = createKeyring({ current: 'a', keys: { a: old } })
  const signature = await keys.sign('hello', 'mail')
  expect(await keys.verify('hello', signature, 'mail')).toBe(true)
  expect(await keys.verify('hello!', signature, 'mail')).toBe(false)
  expect(await keys.verify('hello', signature, 'totp')).toBe(false)
  expect(await keys.verify('hello', 'a.', 'mail')).toBe(false)
  expect(await keys.verify('hello', `x.${signature.slice(2)}`, 'mail')).toBe(false)
})

test('[ASVS 11.4.4] takes keys of random bytes, and makes none of a password', () => {
  for (const password of ['correct horse battery staple', 'correcthorsebatterystaple', 'ä']) {
    expect(() => createKeyring({ current: 'a', keys: { a: password } })).toThrow(/key "a"/)
  }
})

test('[ASVS 11.2.3] refuses weak, malformed and missing keys by name', () => {
  const make = (current: string, keys: Record<string, string>) => () =>
    createKeyring({ current, keys })
  expect(make('a', { a: 'c2hvcnQ' })).toThrow(/key "a".*at least 32 bytes.*5 bytes/)
  expect(make('a', { a: 'not base64!' })).toThrow(/key "a".*not base64url/)
  expect(make('b', { a: old })).toThrow(/current key "b"/)
  expect(make('a.b', { 'a.b': old })).toThrow(PlinthError)
})
