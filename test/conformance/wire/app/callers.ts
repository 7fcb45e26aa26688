import type { Authenticate, Principal } from 'plinth/http'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Those who may call, by the token that they show. */
const callers: Readonly<Record<string, Omit<Principal, 'credential' | 'sessionId'>>> = {
  ada: { actor: { id: 'ada', roles: [] } },
  staff: {
    actor: { id: 'staff', roles: ['staff'], permissions: ['orders:refund'] },
    assurance: 2,
    authenticatedAt: Date.now(),
  },
  stale: {
    actor: { id: 'stale', roles: ['staff'], permissions: ['orders:cancel'] },
    authenticatedAt: Date.now() - 86_400_000,
  },
}

/** Knows a bearer token, or a cookie, by the name of its owner; a UUID is somebody of that id. */
export const authenticate: Authenticate = (incoming) => {
  const bearer = /^Bearer (\S+)$/.exec(incoming.header('authorization') ?? '')?.[1]
  if (bearer !== undefined) return known(bearer, 'bearer')
  const cookie = /(?:^|; )session=([^;]*)/.exec(incoming.header('cookie') ?? '')?.[1]
  return cookie === undefined ? null : known(cookie, 'cookie')
}

function known(name: string, credential: Principal['credential']): Principal | null {
  if (UUID.test(name)) return { actor: { id: name, roles: [] }, credential, sessionId: name }
  const caller = Object.hasOwn(callers, name) ? callers[name] : undefined
  return caller ? { ...caller, credential, sessionId: name } : null
}
