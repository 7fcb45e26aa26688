import { connect } from 'node:net'
import {
  type App,
  anyone,
  assurance,
  branch,
  createApp,
  every,
  fresh,
  fromRequest,
  type Guard,
  type Middleware,
  type Operation,
  type OperationTree,
  type Principal,
  permission,
  rateLimit,
  role,
  signedIn,
} from 'plinth/http'
import { PlinthError } from 'plinth/kernel'
import { serve } from 'plinth/node'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ORIGIN } from './send.ts'

/** What was done past a protection, and what of paths others saw. */
interface Seen {
  readonly reached: string[]
  readonly values: string[]
  readonly elsewhere: string[]
}

const ada: Principal = {
  actor: { id: 'ada', roles: ['staff'] },
  credential: 'bearer',
  sessionId: 's1',
}

const no = new PlinthError('no', 'No.', { status: 403 })
const refuse: Middleware = () => {
  throw no
}
const closed: Guard = {
  name: 'closed',
  authenticated: false,
  check() {
    throw no
  },
}

/** Each way to keep Ada out of the operations of a tree; nobody out of the first. */
const protections: Readonly<Record<string, (tree: OperationTree) => OperationTree>> = {
  'signed in': (tree) => branch({ guard: signedIn }, tree),
  role: (tree) => branch({ guard: role('owner') }, tree),
  permission: (tree) => branch({ guard: permission('users:read') }, tree),
  assurance: (tree) => branch({ guard: assurance(2) }, tree),
  fresh: (tree) => branch({ guard: fresh({ within: 1000 }) }, tree),
  every: (tree) => branch({ guard: every(signedIn, role('owner')) }, tree),
  own: (tree) => branch({ guard: closed }, tree),
  nested: (tree) => branch({ guard: closed }, { in: branch({ guard: signedIn }, tree) }),
  middleware: (tree) => branch({ middleware: [refuse] }, tree),
  answer: (tree) => branch({ middleware: [() => ({ status: 403, body: null })] }, tree),
  limit: (tree) => branch({ limits: [spent()] }, tree),
}

/** A limit of which nothing is left after one request. */
function spent() {
  return rateLimit({ limit: 1, window: 3_600_000, by: () => 'all' })
}

function createProtected(protection: string): { app: App; seen: Seen } {
  const seen: Seen = { reached: [], values: [], elsewhere: [] }
  const secret: Operation = {
    kind: 'operation',
    spec: {
      method: 'GET',
      path: '/users',
      guard: anyone,
      responses: { 204: null, 403: null },
    },
    handler: ({ incoming }) => {
      seen.reached.push(incoming.path)
      return { status: 204 }
    },
  }
  const one: Operation = {
    ...secret,
    spec: { ...secret.spec, path: '/users/:id', params: v.object({ id: v.string() }) },
  }
  const open: Operation = {
    ...secret,
    spec: { ...secret.spec, path: '/open/:name', params: v.object({ name: v.string() }) },
    handler: ({ params }) => {
      seen.values.push(params.name)
      return { status: 204 }
    },
  }
  const protect = protections[protection] ?? ((tree) => tree)
  const app = createApp({
    operations: branch(
      { path: '/admin' },
      { secret: branch({ path: '/v1' }, protect({ secret, one })), open },
    ),
    authenticate: () => (protection === 'signed in' ? null : ada),
    fallback: ({ url }) => {
      seen.elsewhere.push(new URL(url).pathname)
      return new Response(null, { status: 404 })
    },
  })
  return { app, seen }
}

const PATHS = ['/admin/v1/users', '/admin/v1/users/7']
const NEIGHBOURS = ['/admin/open/x', '/open']

const hex = (octet: number) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`

/** Other forms of one character: encoded once and twice, overlong, and its wide twin. */
function formsOf(character: string): string[] {
  const octet = character.charCodeAt(0)
  const overlong = [
    [0xc0 | (octet >> 6), 0x80 | (octet & 0x3f)],
    [0xe0, 0x80 | (octet >> 6), 0x80 | (octet & 0x3f)],
    [0xf0, 0x80, 0x80 | (octet >> 6), 0x80 | (octet & 0x3f)],
  ].map((octets) => octets.map(hex).join(''))
  const once = [hex(octet), ...overlong]
  const wide = encodeURIComponent(String.fromCharCode(octet + 0xfee0))
  return [
    ...once,
    ...once.map((form) => form.toLowerCase()),
    `%25${hex(octet).slice(1)}`,
    `%u00${hex(octet).slice(1)}`,
    wide,
  ]
}

/** What may stand where a slash does, or beside it. */
const SLASHES = [
  ...['//', '///', '/./', '/x/../', '/x/%2e%2e/', '/x/..%2F', '/%2e/', '/.;/', '/;/', '/;a=b/'],
  ...['\\', '/\\', '\\/', '%5C', '%5c', '%255C', '/..;/', '/%00/', '/%09/', '/%20/', '/ /'],
  ...formsOf('/'),
]
/** What may stand at the end. */
const ENDS = [
  ...[
    '/',
    '//',
    '/.',
    '/..',
    '/./',
    '/../',
    '/x/..',
    '.',
    '..',
    '\\',
    ';',
    ';a',
    ';/',
    '%3B',
    '%3b',
  ],
  ...['%00', '%00.json', '\0', '%09', '%0A', '%0D%0A', '%20', ' ', '%7F', '%FF', '%', '%2', '%ZZ'],
  ...[
    '%2F',
    '%2f',
    '%5C',
    '%252F',
    '%C0%AF',
    '%3F',
    '%23',
    '?',
    '?/',
    '#',
    '#/',
    '.json',
    '~',
    '*',
  ],
]

/** Every other spelling of a path that somebody's router has once taken for it. */
function spellingsOf(path: string): string[] {
  const at = [...path].map((character, index) => ({ character, index }))
  const replaced = (index: number, form: string) =>
    path.slice(0, index) + form + path.slice(index + 1)
  return [
    path,
    path.slice(1),
    ...ENDS.map((end) => path + end),
    ...['http://shop.example', '//shop.example', '/.', '/x/..', '/;', '%2F', ' '].map(
      (start) => start + path,
    ),
    ...NEIGHBOURS.flatMap((neighbour) =>
      ['/../..', '/..;/..', '/%2e%2e/%2e%2e', '%2F..%2F..', '\\..\\..'].map(
        (up) => `${neighbour}${up}${path}`,
      ),
    ),
    path.toUpperCase(),
    ...at.flatMap(({ character, index }) =>
      character === '/'
        ? SLASHES.map((form) => replaced(index, form))
        : [...formsOf(character), character.toUpperCase(), `${character}%00`, `${character};`].map(
            (form) => replaced(index, form),
          ),
    ),
  ]
}

const spellings = [...new Set([...PATHS, '/admin/open/secret'].flatMap(spellingsOf))]

/** As a server hands a path over, which `Request` would tidy up. */
function handle(app: App, path: string) {
  const incoming = fromRequest(new Request(ORIGIN))
  return app.handle(Object.assign(incoming, { path }))
}

/** A limit is spent by one request that it counts; the others let nobody through. */
async function spend(protection: string, { app, seen }: ReturnType<typeof createProtected>) {
  if (protection !== 'limit') return
  await handle(app, '/admin/v1/users')
  seen.reached.length = 0
}

function expectHeld({ reached, values, elsewhere }: Seen): void {
  expect(reached).toEqual([])
  // A value is decoded once, and is no path in itself.
  for (const value of values) expect(value).toMatch(/^(?!\.{1,2}$)[^/\\\p{Cc}]+$/u)
  // What others are handed can be read in one way only.
  for (const path of elsewhere) {
    expect(path).toMatch(/^\/(?:[^/\\]+\/)*[^/\\]*$/)
    expect(decodeURIComponent(path)).not.toMatch(/\/\.{1,2}(?:\/|$)|\/\/|\\|\p{Cc}/u)
    expect(PATHS).not.toContain(path)
  }
}

describe('the spellings of a path', () => {
  it('reach what nothing protects by the path itself', async () => {
    expect(spellings.length).toBeGreaterThan(1000)
    const { app, seen } = createProtected('nothing')
    for (const path of spellings) await handle(app, path)
    expect(seen.reached).toEqual(expect.arrayContaining(PATHS))
    for (const path of seen.reached) expect(path).toMatch(/^\/admin\/v1\/users(?:\/[^/]+)?$/)
  })
})

describe('no spelling of a path', () => {
  it.each(Object.keys(protections))(
    '[family 6] [family 10] [ASVS 1.1.1] [ASVS 8.2.1] goes past the %s of a branch',
    async (protection) => {
      const guarded = createProtected(protection)
      await spend(protection, guarded)
      for (const path of spellings) {
        const { status } = await handle(guarded.app, path)
        expect([path, [204, 400, 401, 403, 404, 429]]).toEqual([
          path,
          expect.arrayContaining([status]),
        ])
      }
      expectHeld(guarded.seen)
    },
  )

  it.each(Object.keys(protections))(
    '[family 6] [family 10] goes past the %s through fetch',
    async (protection) => {
      const guarded = createProtected(protection)
      await spend(protection, guarded)
      for (const path of spellings) {
        if (!URL.canParse(ORIGIN + path)) continue
        await guarded.app.fetch(new Request(ORIGIN + path))
      }
      expectHeld(guarded.seen)
    },
  )

  it('[family 6] [family 10] [ASVS 8.2.1] goes past any of them over a socket', async () => {
    const names = Object.keys(protections)
    for (const [index, protection] of names.entries()) {
      const guarded = createProtected(protection)
      await spend(protection, guarded)
      const server = await serve(guarded.app, {
        port: 0,
        hostname: '127.0.0.1',
        signals: false,
        onListen: () => {},
      })
      try {
        const mine = spellings.filter((_, at) => at % names.length === index)
        for (const path of [...PATHS, ...mine]) await sendRaw(server.port, path)
        expectHeld(guarded.seen)
      } finally {
        await server.close()
      }
    }
  })
})

/** Sends a request line as it stands and waits for the end of the connection. */
function sendRaw(port: number, target: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n`,
        'latin1',
      )
    })
    socket.resume()
    socket.once('error', () => {})
    socket.once('close', () => resolve())
  })
}
