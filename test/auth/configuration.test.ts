import {
  account,
  apiKeys,
  auth,
  emailChange,
  emailCode,
  magicLink,
  password,
  pwnedPasswords,
  recoveryCodes,
  refreshTokens,
  rememberedDevices,
  siteverify,
  smsCode,
  staff,
  totp,
  turnstile,
} from 'plinth/auth'
import {
  apple,
  discord,
  facebook,
  github,
  gitlab,
  google,
  linkedin,
  microsoft,
  oidc,
} from 'plinth/auth/oauth'
import { pages } from 'plinth/auth/pages'
import { passkeys } from 'plinth/auth/passkeys'
import { serviceTokens, verifyTokens } from 'plinth/auth/service-tokens'
import { createKeyring, generateKey, PlinthError } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { openApp } from './app.ts'

type Options = Readonly<Record<string, unknown>>

/** What takes options: what it cannot do without, and for each option what it must not be. */
interface Subject {
  readonly make: (options: never) => unknown
  readonly good?: Options
  readonly wrong: Readonly<Record<string, readonly unknown[]>>
  /** Options that are checked by themselves, in a subject of their own. */
  readonly apart?: readonly string[]
}

const NO_TEXT: readonly unknown[] = [7, true, null, {}, [], '']
const NO_FLAG: readonly unknown[] = ['false', 'true', 0, 1, null, {}]
const NO_FUNCTION: readonly unknown[] = ['send', 7, true, null, {}]
const NO_NUMBER: readonly unknown[] = ['5', null, Number.NaN, Infinity, -1, 0, 1.5, 10 ** 12, {}]
const NO_LIST: readonly unknown[] = ['all', 7, null, {}, [7], ['']]
const NO_LOCAL: readonly unknown[] = [7, null, 'x', '//evil.test', 'https://evil.test', '/\\evil']

const factors = [password()]
const keys = createKeyring({ current: 'a', keys: { a: generateKey() } })
const PEM = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'
const CLIENT = { clientId: 'shop', clientSecret: 'secret' }

/** What all providers take. */
const PROVIDER = {
  clientId: [...NO_TEXT, ' '],
  scopes: [...NO_LIST, ['openid email'], ['a"b']],
  authorization: ['x', 7, null, { state: 'x' }, { redirect_uri: 'x' }, { prompt: 7 }],
  trustEmails: NO_FLAG,
  signUp: NO_FLAG,
  tokens: NO_FLAG,
  pages: [null, 7, 'x', { home: '//evil.test' }, { signIn: 'https://evil.test' }, { other: '/' }],
}
const SECRET = { clientSecret: [...NO_TEXT, ' '] }
const provider = (make: Subject['make'], own: Partial<Subject> = {}): Subject => ({
  make,
  good: { ...CLIENT, ...own.good },
  wrong: { ...PROVIDER, ...SECRET, ...own.wrong },
})

const describing =
  (name: string) =>
  (value: object): unknown =>
    auth({ factors, [name]: value })

const subjects: Readonly<Record<string, Subject>> = {
  'auth()': {
    make: auth,
    good: { factors },
    apart: ['session', 'limits', 'links'],
    wrong: {
      factors: [undefined, null, [], {}, [{}], [null], [password(), password()], [account()]],
      features: [null, {}, [{}], [password()], [account(), account()]],
      permissions: [null, [], 'all', { staff: 'all' }, { staff: [7] }, { staff: [''] }],
      origin: [
        ...[...NO_TEXT, 'shop.example', 'http://shop.example', 'https://shop.example/shop'],
        ...['https://a:b@shop.example', 'https://shop.example?x', 'javascript:alert(1)', 'null'],
      ],
      keys: ['A'.repeat(43), 7, null, {}, []],
      mail: NO_FUNCTION,
      text: NO_FUNCTION,
      compose: NO_FUNCTION,
      captcha: NO_FUNCTION,
    },
  },
  'auth({ session })': {
    make: describing('session'),
    wrong: {
      idle: [...NO_NUMBER, 3600],
      absolute: [...NO_NUMBER, 3600],
      cookie: [...NO_TEXT, 'session', '__Secure-session', '__Host-', '__Host-a; b', '__Host-a=b'],
      perUser: NO_NUMBER,
    },
  },
  'auth({ limits })': {
    make: describing('limits'),
    wrong: {
      account: [false, null, 5, {}, { attempts: 0, window: 60_000 }, { attempts: 5, window: 1 }],
      address: [false, null, 5, {}, { attempts: 5, window: Infinity }, { attempts: 5 }],
      global: [false, null, 5, {}, { attempts: 5, window: 60_000, per: 'user' }],
      store: ['redis', '', null, true, 7],
    },
  },
  'auth({ links })': {
    make: describing('links'),
    wrong: Object.fromEntries(
      ['signUp', 'reset', 'magicLink', 'email'].map((name) => [name, [...NO_LOCAL, '/x?y', '/ ']]),
    ),
  },
  'password()': {
    make: password,
    apart: ['argon2'],
    wrong: {
      minimumLength: [...NO_NUMBER, 7, 65],
      contextWords: ['acme', 7, null, {}, [7]],
      breached: NO_FUNCTION,
    },
  },
  'password({ argon2 })': {
    make: (argon2: object) => password({ argon2 }),
    wrong: { memory: [...NO_NUMBER, 1024], passes: [...NO_NUMBER, 1, 21] },
  },
  'pwnedPasswords()': {
    make: pwnedPasswords,
    wrong: { url: [...NO_TEXT, 'http://range.test', 'range.test'], fetch: NO_FUNCTION },
  },
  'magicLink()': {
    make: magicLink,
    wrong: { signUp: NO_FLAG, lifetime: [...NO_NUMBER, 1000, 3_600_000] },
  },
  'emailCode()': { make: emailCode, wrong: { signUp: NO_FLAG } },
  'smsCode()': { make: smsCode, wrong: { compose: NO_FUNCTION } },
  'totp()': { make: totp, wrong: { issuer: [...NO_TEXT, 'a:b'] } },
  'refreshTokens()': {
    make: refreshTokens,
    wrong: { access: [...NO_NUMBER, 1000], lifetime: [...NO_NUMBER, 1000] },
  },
  'passkeys()': {
    make: passkeys,
    wrong: {
      name: [...NO_TEXT, 'x'.repeat(65), 'a\nb'],
      rpId: [...NO_TEXT, 'evil.test', 'test', 'https://app.test', 'app.test.', 'pp.test'],
      userVerification: [...NO_TEXT, 'discouraged'],
    },
  },
  'account()': {
    make: account,
    wrong: { export: [null, 7, 'all', [], { notes: [] }, { notes: null }] },
  },
  'staff()': {
    make: staff,
    wrong: { permissions: [null, 7, 'all', { read: '' }, { ban: 7 }, { fire: 'users:fire' }] },
  },
  'apiKeys()': {
    make: apiKeys,
    wrong: {
      prefix: [...NO_TEXT, 'acme', 'Acme_', 'plinth_s_', 'plinth_r_', 'a.*_'],
      permissions: NO_LIST,
      store: [7, null, 'redis', true, {}],
    },
  },
  'serviceTokens()': {
    make: serviceTokens,
    good: { audiences: ['https://stock.test'] },
    wrong: {
      audiences: [undefined, ...NO_LIST, [], ['a', 'a']],
      algorithm: [...NO_TEXT, 'none', 'HS256', 'RS256'],
      lifetime: [...NO_NUMBER, 1000, 86_400_000],
      issuer: NO_TEXT,
    },
  },
  'verifyTokens()': {
    make: verifyTokens,
    good: { issuer: 'https://shop.example', audience: 'https://stock.test' },
    wrong: {
      issuer: [undefined, ...NO_TEXT],
      audience: [undefined, ...NO_TEXT],
      jwks: [...NO_TEXT, 'http://shop.example/jwks', { keys: 7 }],
      algorithms: [...NO_LIST, [], ['none'], ['HS256'], ['ES256', 'none']],
      fetch: NO_FUNCTION,
      clock: ['now', 7, null, {}],
    },
  },
  'siteverify()': {
    make: siteverify,
    good: { url: 'https://captcha.test', secret: 'secret' },
    wrong: {
      url: [undefined, ...NO_TEXT, 'http://captcha.test', 'captcha.test'],
      secret: [undefined, ...NO_TEXT],
      fetch: NO_FUNCTION,
    },
  },
  'turnstile()': {
    make: turnstile,
    good: { secret: 'secret' },
    wrong: { secret: [undefined, ...NO_TEXT], fetch: NO_FUNCTION },
  },
  'pages()': {
    make: pages,
    wrong: {
      title: [...NO_TEXT, ' '],
      logo: [...NO_LOCAL, '', 'javascript:alert(1)', 'http://cdn.test/x'].filter(isNoHttps),
      accent: [...NO_TEXT, 'blue', '#12345', '#123456;}'],
      stylesheet: [...NO_LOCAL, '', 'data:text/css,', 'http://cdn.test/x'].filter(isNoHttps),
      afterSignIn: [...NO_LOCAL, ''],
      base: [7, true, null, {}, 'me', '/me/', '//me', '/m e', '/:id'],
      footer: [7, null, 'x', {}, [{ text: 'x', href: 'javascript:alert(1)' }], [{ href: '/' }]],
      only: ['/sign-in', 7, null, {}, ['/admin'], [7]],
      except: ['/sign-in', 7, null, {}, ['/admin'], [7]],
    },
  },
  'oidc()': provider(oidc, {
    good: { name: 'corp', issuer: 'https://id.example' },
    wrong: {
      name: [undefined, ...NO_TEXT, 'Corp', '../corp', 'session', 'my-corp', '__proto__'],
      issuer: [undefined, ...NO_TEXT, 'http://id.example', 'id.example', 'https://id.example?x'],
      clientAuth: [...NO_TEXT, 'none', 'jwt'],
      authoritativeFor: [...NO_LIST, ['*'], ['@corp.example'], ['example']],
      maxAge: ['5', null, Number.NaN, Infinity, -1, 1.5, 10 ** 12],
    },
  }),
  'google()': provider(google, { wrong: { workspace: [...NO_TEXT, '*', '@corp.example'] } }),
  'github()': provider(github),
  'gitlab()': provider(gitlab, {
    wrong: { issuer: [...NO_TEXT, 'http://git.example', 'git.example', 'https://git.example?x'] },
  }),
  'discord()': provider(discord),
  'facebook()': provider(facebook),
  'linkedin()': provider(linkedin),
  'microsoft()': provider(microsoft, {
    wrong: { tenant: [...NO_TEXT, 'everybody', '../common'] },
  }),
  'apple()': {
    make: apple,
    good: {
      clientId: 'shop',
      key: { teamId: 'A'.repeat(10), keyId: 'B'.repeat(10), privateKey: PEM },
    },
    wrong: {
      ...PROVIDER,
      key: [
        undefined,
        null,
        7,
        {},
        { teamId: 'A', keyId: 'B', privateKey: 'x' },
        { teamId: 'A', keyId: 'B', privateKey: null },
        { teamId: 'A' },
      ],
    },
  },
  'recoveryCodes()': { make: recoveryCodes, wrong: {} },
  'rememberedDevices()': { make: rememberedDevices, wrong: {} },
  'emailChange()': { make: emailChange, wrong: {} },
}

describe.each(Object.entries(subjects))('%s', (place, { make, good = {}, wrong, apart = [] }) => {
  const named = Object.keys(wrong)

  it('starts with what it cannot do without', async () => {
    expect(await refusalOf(make, good)).toBeNull()
  })

  it.skipIf(named.length === 0)('refuses wrong values of every option', async () => {
    const unknown = await refusalOf(make, { ...good, 'no such option': 1 })
    const known = /expected (.+)$/.exec(unknown?.message ?? '')?.[1] ?? ''
    const options = known.split(/, | or | and /).map((name) => name.trim())
    // What is found here was forgotten in the table above.
    expect(options.filter((name) => !apart.includes(name)).sort()).toEqual(named.sort())
    const taken: string[] = []
    for (const [option, values] of Object.entries(wrong)) {
      for (const value of values) {
        const error = await refusalOf(make, { ...good, [option]: value })
        const what = `${place} with ${option}: ${show(value)}`
        if (error === null) taken.push(what)
        else expect([error.code, what], error.stack).toEqual(['misuse', what])
      }
    }
    expect(taken).toEqual([])
  })
})

describe('what a part cannot do without', () => {
  const senders = { origin: 'https://app.test', keys, mail: async () => {}, text: async () => {} }
  const parts = [
    ...[magicLink(), emailCode(), smsCode(), totp(), passkeys(), github(CLIENT)],
    oidc({ ...CLIENT, name: 'corp', issuer: 'https://id.example', tokens: true }),
    ...[emailChange(), serviceTokens({ audiences: ['a'] })],
  ]

  it.each(parts.map((part) => [part.name, part] as const))('is missed by %s', (_, part) => {
    const own = part.kind === 'factor' ? { factors: [...factors, part] } : { features: [part] }
    expect(() => auth({ factors, ...senders, ...own } as never)).not.toThrow()
    const { needs = [] } = part
    expect(needs.length).toBeGreaterThan(0)
    for (const need of needs) {
      const given = { ...senders, [need]: undefined }
      expect(() => auth({ factors, ...given, ...own } as never), need).toThrow(
        expect.objectContaining({ code: 'misuse' }),
      )
    }
  })
})

/** Why something does not start; null when it does. */
async function refusalOf(make: Subject['make'], options: Options): Promise<PlinthError | null> {
  try {
    const made = make(options as never) as { kind?: string } | undefined
    // Some see only when auth is opened what the origin is.
    if (made?.kind === 'factor') {
      const own = made as (typeof factors)[number]
      const list = own.second ? [...factors, own] : [own]
      const text = async () => {}
      await openApp({ factors: list, mailing: true, origin: 'https://app.test', text })
    }
    return null
  } catch (error) {
    if (error instanceof PlinthError) return error
    return Object.assign(new PlinthError('misuse', String(error)), { code: String(error) as never })
  }
}

function isNoHttps(value: unknown): boolean {
  return typeof value !== 'string' || !value.startsWith('https:')
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
}
