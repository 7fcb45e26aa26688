import fc from 'fast-check'
import { type CookieOptions, parseCookies, serializeCookie } from 'plinth/http'
import { describe, expect, it } from 'vitest'

describe('a Cookie header', () => {
  it.each<[string | null, Record<string, string>]>([
    [null, {}],
    ['', {}],
    ['a=1', { a: '1' }],
    ['a=1; b=2', { a: '1', b: '2' }],
    ['a=1;b=2;', { a: '1', b: '2' }],
    [' a = 1 ;\tb=2', { a: '1', b: '2' }],
    ['a=1=2', { a: '1=2' }],
    ['a="1"', { a: '"1"' }],
    ['a=%20', { a: '%20' }],
    ['a=', { a: '' }],
    ['a', {}],
    ['=a', { '': 'a' }],
    ['a=1; a=2; b=3', { b: '3' }],
    ['a=1; a=1', {}],
    ['a=1; a=2; a=3', {}],
    ['\u00a0a=1; a=2', { '\u00a0a': '1', a: '2' }],
    ['A=1; a=2', { A: '1', a: '2' }],
    ['__proto__=x; constructor=y', { ['__proto__']: 'x', constructor: 'y' }],
  ])('of %j reads as %j', (header, cookies) => {
    expect([...parseCookies(header)]).toEqual(Object.entries(cookies))
  })
})

describe('a Cookie header of blanks', () => {
  it.each([' ', '\t', ' \t'])('[ASVS 15.2.2] is read a thousand times, of %j', (blank) => {
    const middle = blank.repeat(8_000)
    for (let count = 0; count < 1_000; count++) {
      expect(parseCookies(`a=1${middle}2${blank}`).get('a')).toBe(`1${middle}2`)
    }
  })
})

describe('a Set-Cookie header', () => {
  it.each<[CookieOptions, string]>([
    [{}, '; Path=/; Secure; HttpOnly; SameSite=Lax'],
    [{ maxAge: 60 }, '; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax'],
    [{ maxAge: 0 }, '; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax'],
    [{ secure: false, httpOnly: false }, '; Path=/; SameSite=Lax'],
    [{ sameSite: 'Strict' }, '; Path=/; Secure; HttpOnly; SameSite=Strict'],
    [
      { domain: 'shop.example', path: '/a' },
      '; Path=/a; Domain=shop.example; Secure; HttpOnly; SameSite=Lax',
    ],
  ])('[ASVS 3.3.2] [ASVS 3.3.4] with %j says so', (options, attributes) => {
    expect(serializeCookie('a', 'b', options)).toBe(`a=b${attributes}`)
  })

  it.each<[string, string, CookieOptions, string]>([
    ['', 'x', {}, 'the name is no token'],
    ['a b', 'x', {}, 'the name is no token'],
    ['a=b', 'x', {}, 'the name is no token'],
    ['a;b', 'x', {}, 'the name is no token'],
    ['a\r\nb', 'x', {}, 'the name is no token'],
    ['ä', 'x', {}, 'the name is no token'],
    ['a', 'x; Domain=evil.example', {}, 'the value has characters'],
    ['a', 'x\r\nset-cookie: b=1', {}, 'the value has characters'],
    ['a', 'x\0', {}, 'the value has characters'],
    ['a', 'x y', {}, 'the value has characters'],
    ['a', 'x,y', {}, 'the value has characters'],
    ['a', '"x"', {}, 'the value has characters'],
    ['a', 'x\\y', {}, 'the value has characters'],
    ['a', 'ä', {}, 'the value has characters'],
    ['a', 'x'.repeat(4096), {}, 'exceed 4096'],
    ['a', 'x', { path: 'x' }, 'is no path'],
    ['a', 'x', { path: '/;Domain=evil.example' }, 'is no path'],
    ['a', 'x', { path: '/\n' }, 'is no path'],
    ['a', 'x', { domain: 'a;b' }, 'is no host name'],
    ['a', 'x', { domain: '.shop.example' }, 'is no host name'],
    ['a', 'x', { domain: '' }, 'is no host name'],
    ['a', 'x', { maxAge: 1.5 }, 'maxAge 1.5 is no integer'],
    ['a', 'x', { maxAge: Number.NaN }, 'maxAge NaN is no integer'],
    ['a', 'x', { maxAge: '1; Secure' as never }, 'is no integer'],
    ['a', 'x', { sameSite: 'lax' as never }, 'sameSite is "lax"'],
    ['a', 'x', { sameSite: 'None', secure: false }, 'sameSite None needs secure'],
    ['__Secure-a', 'x', { secure: false }, 'needs secure'],
    ['__Host-a', 'x', { secure: false }, 'needs secure'],
    ['__host-a', 'x', { secure: false }, 'needs secure'],
    ['__Host-a', 'x', { path: '/a' }, 'needs the path "/" and no domain'],
    ['__HOST-a', 'x', { domain: 'shop.example' }, 'needs the path "/" and no domain'],
  ])(
    '[family 7] [ASVS 3.3.1] [ASVS 3.3.3] [ASVS 3.3.5] is refused for %j=%j with %j',
    (name, value, options, message) => {
      expect(() => serializeCookie(name, value, options)).toThrow(
        expect.objectContaining({ code: 'misuse', message: expect.stringContaining(message) }),
      )
    },
  )

  it('never tells the value that was refused', () => {
    expect(() => serializeCookie('a', 'secret;')).not.toThrow('secret')
  })

  it('[ASVS 1.2.1] [family 7] is read back or refused, and never becomes two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
        let header: string
        try {
          header = serializeCookie(name, value)
        } catch {
          return
        }
        const [pair = ''] = header.split(';')
        expect([...parseCookies(pair)]).toEqual([[name, value]])
        expect(header).toMatch(/^[\x20-\x7e]*$/)
      }),
    )
    for (let code = 0; code < 256; code++) {
      const char = String.fromCharCode(code)
      const isAllowed = /^[!#-+\--:<-[\]-~]$/.test(char)
      const write = () => serializeCookie('a', char)
      if (isAllowed) expect(write()).toContain(`a=${char};`)
      else expect(write).toThrow()
    }
  })
})
