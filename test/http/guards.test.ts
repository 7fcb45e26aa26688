import {
  anyone,
  assurance,
  createApp,
  defineOperation,
  every,
  fresh,
  type Guard,
  type Principal,
  permission,
  role,
  signedIn,
} from 'plinth/http'
import type { Actor } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { record, send } from './send.ts'

const define = defineOperation()
const NOW = Date.UTC(2026, 0, 1)

const ada: Principal = {
  actor: { id: 'ada', roles: ['staff'], permissions: ['orders:refund'] },
  credential: 'bearer',
  sessionId: 's1',
}

/** Asks one guard through an app, as this principal. */
async function ask(guard: Guard, principal: Principal | null) {
  const { signals, logs } = record()
  const app = createApp({
    operations: {
      it: define({
        method: 'GET',
        path: '/',
        guard,
        responses: { 200: v.looseObject({}) },
        handler: ({ actor }) => ({ status: 200, body: { actor } }),
      }),
    },
    authenticate: () => principal,
    clock: { now: () => NOW },
    signals,
  })
  const { status, headers, body } = await send(app, 'GET /')
  return {
    status,
    challenge: headers.get('www-authenticate'),
    body: body as { code?: string; actor?: unknown; [member: string]: unknown },
    logs,
  }
}

/** What a guard answers: the status and the code of its refusal. */
async function verdict(guard: Guard, principal: Principal | null) {
  const { status, body } = await ask(guard, principal)
  return [status, body.code]
}

const IN = [200, undefined]
const STRANGER = [401, 'unauthenticated']
const STEP_UP = [401, 'insufficient_authentication']
const DENIED = [403, 'denied']

describe('guards', () => {
  it.each<[string, Guard, Principal | null, readonly unknown[]]>([
    ['anyone lets in nobody', anyone, null, IN],
    ['anyone lets in Ada', anyone, ada, IN],
    ['signedIn asks nobody to sign in', signedIn, null, STRANGER],
    ['signedIn lets in Ada', signedIn, ada, IN],
    ['role asks nobody to sign in', role('staff'), null, STRANGER],
    ['role lets in who has it', role('staff'), ada, IN],
    ['role lets in who has one of several', role('owner', 'staff'), ada, IN],
    ['role denies who has another', role('owner'), ada, DENIED],
    ['permission asks nobody to sign in', permission('orders:refund'), null, STRANGER],
    ['permission lets in who has it', permission('orders:refund'), ada, IN],
    ['permission lets in who has one of several', permission('x', 'orders:refund'), ada, IN],
    ['permission denies who has another', permission('orders:delete'), ada, DENIED],
    ['permission is no prefix', permission('orders'), ada, DENIED],
    [
      'permission denies who has none at all',
      permission('orders:refund'),
      { ...ada, actor: { id: 'ada', roles: ['orders:refund'] } },
      DENIED,
    ],
    ['assurance asks nobody to sign in', assurance(2), null, STRANGER],
    ['assurance 1 is what any sign-in has', assurance(1), ada, IN],
    ['assurance 2 asks for another factor', assurance(2), { ...ada, assurance: 1 }, STEP_UP],
    ['assurance 2 is unknown to be had', assurance(2), ada, STEP_UP],
    ['assurance 2 lets in who showed two', assurance(2), { ...ada, assurance: 2 }, IN],
    ['fresh asks nobody to sign in', fresh({ within: 1000 }), null, STRANGER],
    ['fresh is unknown to be so', fresh({ within: 1000 }), ada, STEP_UP],
    [
      'fresh lets in to the very millisecond',
      fresh({ within: 1000 }),
      { ...ada, authenticatedAt: NOW - 1000 },
      IN,
    ],
    [
      'fresh ends a millisecond later',
      fresh({ within: 1000 }),
      { ...ada, authenticatedAt: NOW - 1001 },
      STEP_UP,
    ],
    [
      'fresh takes no time for none',
      fresh({ within: 1000 }),
      { ...ada, authenticatedAt: Number.NaN },
      STEP_UP,
    ],
  ])('[ASVS 8.2.1] %s', async (_, guard, principal, expected) => {
    expect(await verdict(guard, principal)).toEqual(expected)
  })

  it('[ASVS 7.5.3] challenge callers to step up as RFC 9470 says', async () => {
    const level = await ask(assurance(2), ada)
    expect(level.challenge).toBe(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="Sign in with another factor to use this.", acr_values="aal2"',
    )
    expect(level.body).toMatchObject({ status: 401, assurance: 2 })
    const age = await ask(fresh({ within: 300_500 }), ada)
    expect(age.challenge).toBe(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="Sign in again to use this.", max_age="300"',
    )
    expect(age.body).toMatchObject({ status: 401, maxAge: 300 })
  })

  it('name themselves for the description', () => {
    expect(role('staff', 'owner')).toMatchObject({
      name: 'role staff or owner',
      roles: ['staff', 'owner'],
    })
    expect(permission('a:b')).toMatchObject({ name: 'permission a:b', permissions: ['a:b'] })
    expect(assurance(2).name).toBe('assurance 2')
    expect(fresh({ within: 90_000 }).name).toBe('signed in within 90 s')
  })

  it('may be objects of one’s own', async () => {
    const early: Guard<Actor & { readonly early: true }> = {
      name: 'before noon',
      authenticated: true,
      check: (principal, clock, incoming) =>
        ({
          ...signedIn.check(principal, clock, incoming),
          early: clock.now() === NOW,
        }) as Actor & { early: true },
    }
    expect((await ask(early, ada)).body.actor).toMatchObject({ id: 'ada', early: true })
    expect(await verdict(early, null)).toEqual(STRANGER)
  })

  it('never let in whom they decide about later', async () => {
    const later = { ...anyone, check: async () => null } as unknown as Guard
    for (const guard of [later, every(signedIn, later)]) {
      const { status, logs } = await ask(guard, ada)
      expect(status).toBe(500)
      expect(String(logs.at(-1)?.error)).toContain('check returned a promise')
    }
  })

  it.each<[string, () => unknown]>([
    ['role() without names', () => (role as () => Guard)()],
    ['a role without a name', () => role('')],
    ['a permission that is no text', () => permission(7 as never)],
    ['an assurance of 3', () => assurance(3 as never)],
    ['an assurance of "2"', () => assurance('2' as never)],
    ['a freshness of 0', () => fresh({ within: 0 })],
    ['a freshness without bounds', () => fresh({ within: Number.POSITIVE_INFINITY })],
    ['a freshness by another name', () => fresh({ max: 1 } as never)],
    ['a freshness of nothing', () => fresh(undefined as never)],
    ['all of no guards', () => (every as () => Guard)()],
    ['all of something else', () => every(signedIn, 'staff' as never)],
    ['all of a guard that is missing', () => every(undefined as never)],
  ])('refuse %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'misuse' }))
  })
})

describe('every', () => {
  const strong = every(role('staff'), assurance(2), fresh({ within: 1000 }))
  const proven: Principal = { ...ada, assurance: 2, authenticatedAt: NOW }

  it('[ASVS 8.2.1] lets in only whom all let in', async () => {
    expect(await verdict(strong, proven)).toEqual(IN)
    expect(await verdict(strong, null)).toEqual(STRANGER)
    expect(await verdict(strong, { ...proven, actor: { id: 'x', roles: [] } })).toEqual(DENIED)
    expect(await verdict(strong, { ...proven, assurance: 1 })).toEqual(STEP_UP)
    expect(await verdict(strong, { ...proven, authenticatedAt: 0 })).toEqual(STEP_UP)
  })

  it('is described by its guards', () => {
    expect(strong.name).toBe('role staff, assurance 2, signed in within 1 s')
    expect(strong.guards?.length).toBe(3)
    expect(strong.authenticated).toBe(true)
    expect(every(anyone, signedIn)).toBe(signedIn)
    expect(every(anyone, anyone)).toBe(anyone)
    expect(every(signedIn, signedIn)).toBe(signedIn)
  })

  it('asks each guard about the actor as the one before let it in', async () => {
    const demote: Guard<Actor> = {
      name: 'demoted',
      authenticated: true,
      check: (principal, clock, incoming) => ({
        ...signedIn.check(principal, clock, incoming),
        roles: [],
      }),
    }
    const hide: Guard<null> = { name: 'hidden', authenticated: false, check: () => null }
    expect(await verdict(every(demote, role('staff')), ada)).toEqual(DENIED)
    expect(await verdict(every(role('staff'), demote), ada)).toEqual(IN)
    expect(await verdict(every(hide, signedIn), ada)).toEqual(STRANGER)
  })

  it('keeps the guest that a guard made of nobody', async () => {
    const GUEST: Actor = { id: 'guest', roles: [] }
    const guest: Guard<Actor> = {
      name: 'guest',
      authenticated: false,
      check: (principal) => principal?.actor ?? GUEST,
    }
    const open: Guard = { ...anyone, name: 'open' }
    expect((await ask(every(guest, open), null)).body.actor).toEqual(GUEST)
    expect((await ask(every(open, guest), null)).body.actor).toEqual(GUEST)
    expect((await ask(every(guest, open), ada)).body.actor).toEqual(ada.actor)
  })

  it('trusts what a guard does, not what it says of itself', async () => {
    const closed: Guard = {
      ...every(signedIn, { ...anyone, name: 'open' }),
      check: (_, clock, incoming) => role('owner').check(ada, clock, incoming),
    }
    expect(await verdict(every(closed, signedIn), ada)).toEqual(DENIED)
  })

  it('knows the actor that its guards have made sure of', () => {
    type Tenant = Actor & { readonly tenant: string }
    const tenant = {
      name: 'x',
      authenticated: true,
      check: () => ada.actor,
    } as Guard as Guard<Tenant>
    expectTypeOf(every(anyone)).toEqualTypeOf<Guard<Actor | null>>()
    expectTypeOf(every(anyone, signedIn).check).returns.toEqualTypeOf<Actor>()
    expectTypeOf(every(signedIn, tenant).check).returns.toExtend<Tenant>()
    define({
      method: 'GET',
      path: '/',
      guard: every(anyone, tenant),
      responses: { 200: v.string() },
      handler: ({ actor }) => ({ status: 200, body: actor.tenant }),
    })
  })
})
