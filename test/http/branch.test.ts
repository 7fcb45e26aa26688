import {
  anyone,
  branch,
  createApp,
  defineOperation,
  every,
  type Guard,
  listOperations,
  type Middleware,
  type Operation,
  type OperationTree,
  type Principal,
  rateLimit,
  role,
  signedIn,
} from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { send } from './send.ts'

const define = defineOperation()

function respond(path: string, spec: Partial<Operation['spec']> = {}): Operation {
  return {
    kind: 'operation',
    spec: { method: 'GET', path, responses: { 204: null }, ...spec },
    handler: () => ({ status: 204 }),
  }
}

/** The declaration of the only operation of a tree. */
function specOf(tree: OperationTree): Operation['spec'] {
  const [operation] = listOperations(tree).values()
  if (!operation) throw new Error('no operation')
  return operation.spec
}

const ada: Principal = {
  actor: { id: 'ada', roles: ['staff'] },
  credential: 'bearer',
  sessionId: 's1',
}

describe('a branch', () => {
  it.each([
    ['/v1', '/notes/:id', '/v1/notes/:id'],
    ['/v1', '/', '/v1'],
    ['/', '/notes', '/notes'],
    ['/', '/', '/'],
    ['/teams/:team', '/notes', '/teams/:team/notes'],
  ])('puts the path %s before %s', (outer, inner, path) => {
    expect(specOf(branch({ path: outer }, { it: respond(inner) })).path).toBe(path)
  })

  it('composes with branches within it', async () => {
    const steps: string[] = []
    const step =
      (name: string): Middleware =>
      (_context, next) => {
        steps.push(name)
        return next()
      }
    const operation = respond('/x', { guard: role('a'), middleware: [step('own')] })
    const inner = branch(
      { path: '/in', guard: role('b'), middleware: [step('in')], tags: ['in'] },
      { operation },
    )
    const tree = branch(
      {
        path: '/out',
        guard: role('c'),
        middleware: [step('out')],
        tags: ['out'],
        deprecated: true,
      },
      { inner },
    )
    const spec = specOf(tree)
    expect(spec.path).toBe('/out/in/x')
    expect(spec.guard?.name).toBe('role c, role b, role a')
    expect([spec.tags, spec.deprecated]).toEqual([['in'], true])
    const app = createApp({
      operations: tree,
      authenticate: () => ({ ...ada, actor: { id: 'ada', roles: ['a', 'b', 'c'] } }),
    })
    expect((await send(app, 'GET /out/in/x')).status).toBe(204)
    expect(steps).toEqual(['out', 'in', 'own'])
  })

  it('adds its limits to those of an operation, each once', async () => {
    const shared = rateLimit({ limit: 3, window: 60_000, by: () => 'all' })
    const own = rateLimit({ limit: 1, window: 60_000, by: () => 'all' })
    const tree = branch(
      { guard: anyone, limits: [shared] },
      {
        strict: respond('/strict', { guard: anyone, limits: [own, shared] }),
        lax: respond('/lax', { guard: anyone }),
      },
    )
    expect(tree.strict.spec.limits).toEqual([shared, own])
    const app = createApp({ operations: tree })
    const statuses: number[] = []
    for (const path of ['/strict', '/strict', '/lax', '/lax']) {
      statuses.push((await send(app, `GET ${path}`)).status)
    }
    expect(statuses).toEqual([204, 429, 204, 429])
  })

  it('gives its cache to operations that have none', () => {
    const own = { maxAge: 1 }
    const tree = branch(
      { cache: { maxAge: 60, public: true } },
      { a: respond('/a'), b: respond('/b', { cache: own }) },
    )
    expect(tree.a.spec.cache).toEqual({ maxAge: 60, public: true })
    expect(tree.b.spec.cache).toEqual(own)
  })

  it('leaves what an operation says of itself', () => {
    const own = { tags: ['own'], deprecated: false }
    const spec = specOf(branch({ tags: ['b'], deprecated: true }, { it: respond('/', own) }))
    expect(spec).toMatchObject(own)
  })

  it('changes nothing of the tree that it was given', () => {
    const tree = { it: respond('/x'), deep: { it: respond('/y', { guard: anyone }) } }
    const before = structuredClone({ ...tree.it.spec })
    const options = { path: '/v1', guard: role('staff'), tags: ['t'] }
    const made = branch(options, tree)
    expect(tree.it.spec).toEqual(before)
    expect(made.it).not.toBe(tree.it)
    expect(made.it.handler).toBe(tree.it.handler)
    expect(Object.keys(made)).toEqual(['it', 'deep'])
  })

  it('lets one operation stand in several', async () => {
    const hello = define({
      method: 'GET',
      path: '/hello/:name',
      guard: anyone,
      params: v.object({ name: v.string() }),
      responses: { 200: v.object({ path: v.string(), name: v.string() }) },
      handler: ({ incoming, params }) => ({
        status: 200,
        body: { path: incoming.path, name: params.name },
      }),
    })
    const app = createApp({
      operations: {
        v1: branch({ path: '/v1' }, { hello }),
        v2: branch({ path: '/v2', guard: signedIn }, { hello }),
        hello,
      },
    })
    expect((await send(app, 'GET /v1/hello/a')).body).toEqual({ path: '/v1/hello/a', name: 'a' })
    expect((await send(app, 'GET /v2/hello/a')).status).toBe(401)
    expect((await send(app, 'GET /hello/a')).status).toBe(200)
  })

  it('is no way to have one path twice', () => {
    const hello = respond('/hello')
    expect(() => createApp({ operations: { a: hello, b: { hello } } })).toThrow(
      'operations a and b.hello: both answer GET /hello',
    )
    const v1 = branch({ path: '/v1' }, { hello })
    expect(() => createApp({ operations: { a: v1, b: v1 } })).toThrow('both answer GET /v1/hello')
  })

  it('keeps the types of its tree', () => {
    const tree = { deep: { hello: respond('/hello') }, other: respond('/other') }
    expectTypeOf(branch({ path: '/v1' }, tree)).toEqualTypeOf<typeof tree>()
  })

  it.each<[string, unknown, unknown, string]>([
    ['a misspelt option', { paht: '/v1' }, {}, 'option "paht" is unknown'],
    ['no options', undefined, {}, 'expected an object of options'],
    ['a path without a slash', { path: 'v1' }, {}, 'branch(v1): path "v1" does not begin with "/"'],
    ['a slash at its end', { path: '/v1/' }, {}, 'has the segment ""'],
    ['a path that is none', { path: '/a//b' }, {}, 'has the segment ""'],
    ['a path with an encoding', { path: '/a%2Fb' }, {}, 'has the segment "a%2Fb"'],
    ['a guard that is none', { guard: 'staff' }, {}, 'guard is "staff"; expected one such'],
    ['tags that are no list', { tags: 'admin' }, {}, 'tags is no list of texts'],
    ['middleware that is no list', { middleware: () => 1 }, {}, 'middleware is no list'],
    ['limits that are no list', { limits: 5 }, {}, 'limits is no list'],
    ['a cache without an age', { cache: {} }, {}, 'branch(): cache.maxAge is undefined'],
    ['a deprecation without a date', { deprecated: {} }, {}, 'branch(): deprecated.since'],
    ['no tree', {}, null, 'expected a tree of operations, got null'],
  ])('refuses %s', (_, options, tree, message) => {
    expect(() => branch(options as never, tree as never)).toThrow(message)
  })

  it('leaves what is no operation for the app to name', () => {
    const tree = branch({ path: '/v1' }, { notes: 7 } as never)
    expect(() => createApp({ operations: tree })).toThrow('operation notes: is 7')
  })

  it('refuses a parameter of its path that an operation does not know', () => {
    const tree = branch({ path: '/teams/:team' }, { it: respond('/x') })
    expect(() => createApp({ operations: tree })).toThrow('":team" has no key in params')
  })
})

describe('the guard of a branch', () => {
  const guards: readonly (Guard | undefined)[] = [undefined, anyone, signedIn, role('staff')]
  const callers: readonly (Principal | null)[] = [
    null,
    { ...ada, actor: { id: 'bob', roles: [] } },
    ada,
  ]
  const own = guards.flatMap((guard) => guards.map((outer) => ({ guard, outer })))

  it.each(own)('[ASVS 8.2.1] is asked as well as $guard.name within $outer.name', async (each) => {
    const { guard, outer } = each
    const operation = respond('/x', guard ? { guard } : {})
    for (const caller of callers) {
      const app = createApp({
        operations: branch(outer ? { guard: outer } : {}, { operation }),
        authenticate: () => caller,
      })
      // In words: an operation without a guard needs somebody; each guard there is must agree.
      const needed = [guard ?? signedIn, outer ?? anyone]
      const staff = needed.some(({ roles }) => roles)
      const known = needed.some(({ authenticated }) => authenticated)
      const expected =
        known && !caller ? 401 : staff && !caller?.actor.roles.includes('staff') ? 403 : 204
      expect((await send(app, 'GET /x')).status).toBe(expected)
    }
  })

  it('is named once when it is the same', () => {
    const staff = role('staff')
    expect(specOf(branch({ guard: staff }, { it: respond('/') })).guard).toBe(staff)
    expect(specOf(branch({ guard: staff }, { it: respond('/', { guard: staff }) })).guard).toBe(
      staff,
    )
    expect(specOf(branch({ guard: anyone }, { it: respond('/') })).guard).toBe(signedIn)
    expect(every(anyone, staff)).toBe(staff)
  })
})
