import {
  type AuthOptions,
  auth,
  type Factor,
  type PasswordOptions,
  password,
  recoveryCodes,
  totp,
} from 'plinth/auth'
import { createKeyring, generateKey } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'

const factors = [password()]

describe('auth()', () => {
  it('refuses second factors without a first', () => {
    const keys = createKeyring({ current: 'a', keys: { a: generateKey() } })
    expect(() => auth({ factors: [totp(), recoveryCodes()], keys })).toThrow(
      /"totp" and "recovery-codes" only come second; expected one such as password\(\)/,
    )
  })

  it('brings the tables of sessions, limits and its factors', () => {
    expect(auth({ factors }).tables.map(({ name }) => name)).toEqual([
      'users',
      'plinth_sessions',
      'plinth_attempts',
      'plinth_secrets',
      'plinth_devices',
      'plinth_passwords',
    ])
  })

  it('fills in the defaults that the documentation names', () => {
    const { session, limits } = auth({ factors })
    expect(session).toEqual({
      idle: 604_800_000,
      absolute: 2_592_000_000,
      cookie: '__Host-session',
      perUser: 100,
    })
    expect(limits.account).toEqual({ attempts: 10, window: 900_000 })
  })

  it('keeps the idle limit below a shorter absolute one', () => {
    const { session } = auth({ factors, session: { absolute: 3_600_000 } })
    expect(session.idle).toBe(3_600_000)
  })

  const wrong: [string, object, RegExp][] = [
    ['no factors', { factors: [] }, /auth\(\{ factors \}\): expected at least one factor/],
    ['factors that are none', { factors: [{}] }, /expected factors such as password\(\)/],
    ['a factor twice', { factors: [password(), password()] }, /"password" comes twice/],
    ['unknown options', { factors, sesion: {} }, /option "sesion" is unknown; expected factors/],
    ['unknown session options', { factors, session: { ttl: 1 } }, /option "ttl" is unknown/],
    ['seconds for milliseconds', { factors, session: { idle: 3600 } }, /idle: is 3600; expected/],
    ['an endless session', { factors, session: { absolute: Infinity } }, /absolute: is Infinity/],
    ['a limit that is text', { factors, session: { idle: '7d' } }, /idle: is 7d; expected/],
    [
      'an idle limit beyond the absolute one',
      { factors, session: { idle: 7_200_000, absolute: 3_600_000 } },
      /idle: is 7200000, more than absolute/,
    ],
    ['a cookie that any host sets', { factors, session: { cookie: 'session' } }, /"session"/],
    ['a cookie with more than a name', { factors, session: { cookie: '__Host-a; b' } }, /cookie/],
    [
      'permissions of no list',
      { factors, permissions: { staff: 'all' } },
      /role "staff": expected/,
    ],
    ['permissions of no role', { factors, permissions: ['all'] }, /expected lists of permissions/],
    ['no sessions', { factors, session: { perUser: 0 } }, /perUser: is 0; expected/],
    ['unknown limits', { factors, limits: { user: {} } }, /option "user" is unknown/],
    [
      'a limit of nothing',
      { factors, limits: { account: { attempts: 0, window: 60_000 } } },
      /account\.attempts: is 0; expected/,
    ],
    [
      'a limit without a window',
      { factors, limits: { account: { attempts: 5 } } },
      /account\.window: is undefined; expected/,
    ],
    [
      'a limit of no number',
      { factors, limits: { address: { attempts: Number.NaN, window: 60_000 } } },
      /address\.attempts: is NaN; expected/,
    ],
    ['a limit switched off', { factors, limits: { global: false } }, /limits \}\)\.global/],
  ]
  it.each(wrong)('refuses %s', (_, options, message) => {
    expect(() => auth(options as AuthOptions<readonly Factor[]>)).toThrow(message)
    expect(() => auth(options as AuthOptions<readonly Factor[]>)).toThrow(
      expect.objectContaining({ code: 'misuse' }),
    )
  })
})

describe('password()', () => {
  const wrong: [string, object, RegExp][] = [
    ['unknown options', { minLength: 12 }, /password\(\): option "minLength" is unknown/],
    ['a minimum below eight', { minimumLength: 7 }, /minimumLength: is 7; expected/],
    ['a minimum that few can keep', { minimumLength: 65 }, /minimumLength: is 65; expected/],
    ['context words that are none', { contextWords: 'acme' }, /contextWords/],
    ['cheaper hashes', { argon2: { memory: 1024 } }, /argon2\.memory: is 1024; expected/],
    ['fewer passes', { argon2: { passes: 1 } }, /argon2\.passes: is 1; expected/],
    ['unknown costs', { argon2: { lanes: 4 } }, /option "lanes" is unknown/],
  ]
  it.each(wrong)('refuses %s', (_, options, message) => {
    expect(() => password(options as PasswordOptions)).toThrow(message)
  })
})
