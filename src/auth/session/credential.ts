import type { Incoming } from '../../http/index.ts'
import { readCookie } from './cookie.ts'
import { isToken } from './token.ts'

/** A session token as a request presented it. */
export interface Credential {
  readonly token: string
  readonly kind: 'cookie' | 'bearer'
}

const BEARER = /^bearer(?: +(.*))?$/is

/**
 * Finds the session token of a request. An `Authorization: Bearer` header decides alone, whatever
 * cookies come along: a program that names its credential means that one, and a wrong one is not
 * made good by a cookie. Other schemes belong to somebody else and leave the cookie in force.
 */
export function findCredential(incoming: Incoming, cookie: string): Credential | null {
  const authorization = incoming.header('authorization')
  const bearer = authorization === null ? null : BEARER.exec(authorization)
  if (bearer) return toCredential(bearer[1], 'bearer')
  const cookies = incoming.header('cookie')
  return cookies === null ? null : toCredential(readCookie(cookies, cookie), 'cookie')
}

/** The bearer credential of a request, whatever its kind; null when there is none. */
export function findBearer(incoming: Incoming): string | null {
  return BEARER.exec(incoming.header('authorization') ?? '')?.[1] ?? null
}

function toCredential(
  token: string | null | undefined,
  kind: Credential['kind'],
): Credential | null {
  return token && isToken(token) ? { token, kind } : null
}
