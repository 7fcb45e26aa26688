import fc from 'fast-check'
import { normalizeEmail } from 'plinth/auth'
import { describe, expect, it } from 'vitest'

describe('an e-mail address', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['  Ada.Lovelace@Example.COM\n', 'ada.lovelace@example.com'],
    ['ada+notes@example.com', 'ada+notes@example.com'],
    ["o'neill!#$%&*/=?^_`{|}~-@example.com", "o'neill!#$%&*/=?^_`{|}~-@example.com"],
    ['ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['用户@例え.jp', '用户@xn--r8jz45g.jp'],
    ['Jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['ﬁona@example.com', 'fiona@example.com'],
    ['ада@пример.com', 'ада@xn--e1afmkfd.com'],
    ['άδα@example.com', 'άδα@example.com'],
    ['山田taro@example.com', '山田taro@example.com'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is stored as %j', (given, stored) => {
    expect(normalizeEmail(given)).toBe(stored)
  })

  it.each([
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@example',
    'ada@localhost',
    'ada@.com',
    'ada@example..com',
    'ada@-example.com',
    'ada@example.com.',
    'ada@example.c0m-',
    'ada@127.0.0.1',
    'ada@0x7f.1',
    'ada@[127.0.0.1]',
    'ada@example.123',
    '.ada@example.com',
    'ada.@example.com',
    'a..da@example.com',
    'ada@eve@example.com',
    'ada@example.com,eve@example.com',
    'ada@example.com;eve@example.com',
    'ada@example.com eve@example.com',
    'eve@example.com\r\nBcc: ada@example.com',
    'ada@example.com\u0000',
    'ad\u0000a@example.com',
    'ad\u200ba@example.com',
    'ad\u202ea@example.com',
    '\u0301da@example.com',
    '"ada"@example.com',
    'Ada <ada@example.com>',
    'ada(comment)@example.com',
    'ada@example.com/path',
    'ada@example.com:25',
    'ada@exa%6dple.com',
    'ada@user:pass@example.com',
    'ada\\@example.com@example.org',
    '\ud800da@example.com',
    '\u0430da@example.com',
    'ad\u03b1@example.com',
    '\u0430.da@example.com',
    'ada@ex\u0430mple.com',
    '\u13aada@example.com',
    `${'a'.repeat(65)}@example.com`,
    `${'é'.repeat(33)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
    `a@${'b.'.repeat(126)}com`,
    `${' '.repeat(400)}ada@example.com`,
  ])('[family 16] %j is refused', (given) => {
    expect(normalizeEmail(given)).toBeUndefined()
  })

  it('[family 16] is in its final form once it is normalised', () => {
    const text = fc.oneof(
      fc.emailAddress(),
      fc.string({ unit: 'grapheme' }).map((local) => `${local}@example.com`),
      fc.string({ unit: 'binary' }).map((domain) => `ada@${domain}.com`),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(text, (given) => {
        const once = normalizeEmail(given)
        if (once === undefined) return
        expect(normalizeEmail(once)).toBe(once)
        expect(once.match(/@/g)).toHaveLength(1)
        expect(once).not.toMatch(/[\s\p{C},;<>"()[\]\\]/u)
      }),
      { numRuns: 500 },
    )
  })
})
