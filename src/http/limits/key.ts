import { misuse, sha256 } from '../../kernel/index.ts'
import type { Context } from '../context.ts'
import type { Incoming } from '../message.ts'
import type { Principal } from '../principal.ts'
import { addressBlock } from './address-block.ts'

/** Tells requests apart by the value of a header. Made by `header()`. */
export interface HeaderKey {
  readonly kind: 'header'
  readonly name: string
}

/** Tells requests apart by anything that is known before the body is read; undefined for no answer. */
export type KeyFunction = (incoming: Incoming, principal: Principal | null) => string | undefined

/**
 * By what the requests are told apart that share a limit:
 *
 * - `actor`: who is signed in; callers who are not, by their address;
 * - `address`: the client's address by the trusted-proxy setting, IPv6 by its /64; where the runtime
 *   cannot tell it, all such callers count as one;
 * - `operation`: which operation is called;
 * - `header('x-api-key')` or a function: what the caller may be free to choose. See `addressLimit`.
 */
export type LimitKey = 'actor' | 'address' | 'operation' | HeaderKey | KeyFunction

/** One request, as far as limits look at it. */
export interface Limited {
  readonly context: Pick<Context, 'incoming' | 'principal' | 'signal' | 'log'>
  /** Id of the operation that it is for. */
  readonly operation: string
}

/** How requests are told apart, resolved. */
export interface Keying {
  /** Whether it can be asked before it is known who is calling. */
  readonly early: boolean
  /** Whether the caller may be free to choose what it answers. */
  readonly chosen: boolean
  of(request: Limited): string | Promise<string>
}

/** Counts requests by the value of a header, such as `header('x-api-key')`, never stored as it is. */
export function header(name: string): HeaderKey {
  if (typeof name !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw misuse('header()', `"${String(name)}" is no name of a header`)
  }
  return { kind: 'header', name: name.toLowerCase() }
}

/** Resolves what a limit says of its keys. `place` names the limit. */
export function resolveKeys(by: LimitKey | readonly LimitKey[], place: string): Keying {
  const keys = isList(by) ? by : [by]
  const parts = keys.map((key) => resolveKey(key, place))
  const [only] = parts
  if (!only) throw misuse(place, 'by is an empty list; name what tells requests apart')
  return {
    early: parts.every(({ early }) => early),
    chosen: parts.some(({ chosen }) => chosen),
    of: parts.length === 1 ? only.of : joined(parts),
  }
}

/** The key of the caller's address. */
export function addressOf({ context }: Limited): string {
  const { address } = context.incoming
  return address === undefined ? 'address:unknown' : `address:${addressBlock(address)}`
}

function isList(by: LimitKey | readonly LimitKey[]): by is readonly LimitKey[] {
  return Array.isArray(by)
}

const NAMED: Readonly<Record<string, Keying>> = {
  actor: {
    early: false,
    chosen: false,
    of: (request) => {
      const id = request.context.principal?.actor.id
      return id === undefined ? addressOf(request) : labelled('actor', id)
    },
  },
  address: { early: true, chosen: false, of: addressOf },
  operation: { early: true, chosen: false, of: ({ operation }) => `operation:${operation}` },
}

function resolveKey(key: LimitKey, place: string): Keying {
  if (typeof key === 'string' && Object.hasOwn(NAMED, key)) return NAMED[key] as Keying
  if (typeof key === 'function') {
    return {
      early: false,
      chosen: true,
      of: (request) => {
        const { incoming, principal } = request.context
        const value = key(incoming, principal)
        return value === undefined ? addressOf(request) : labelled('key', value)
      },
    }
  }
  if (typeof key === 'object' && key?.kind === 'header') {
    return {
      early: true,
      chosen: true,
      of: (request) => {
        const value = request.context.incoming.header(key.name)
        return value === null ? addressOf(request) : digested('header', value)
      },
    }
  }
  throw misuse(
    place,
    `by is ${String(key)}; expected 'actor', 'address', 'operation', header('name'), a function, or a list of these`,
  )
}

function joined(parts: readonly Keying[]): Keying['of'] {
  return (request) => {
    const values = parts.map((part) => part.of(request))
    return values.some((value) => value instanceof Promise)
      ? Promise.all(values).then((known) => known.join(' '))
      : values.join(' ')
  }
}

/** Short, and without what sets parts of a key apart: another value cannot be made to look like it. */
const PLAIN = /^[\w.:@-]{1,64}$/

function labelled(label: string, value: string): string | Promise<string> {
  return PLAIN.test(value) ? `${label}:${value}` : digested(`${label}-digest`, value)
}

/** What a header holds may be a secret, and as long as headers may be. */
function digested(label: string, value: string): string | Promise<string> {
  const digest = sha256(value)
  return typeof digest === 'string' ? `${label}:${digest}` : digest.then((hex) => `${label}:${hex}`)
}
