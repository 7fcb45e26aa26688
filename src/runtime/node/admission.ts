import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createProxyTrust, type Origination, type ProxyTrust } from '../../http/index.ts'
import { createOrigins } from '../origin.ts'
import { malformed, type Refusal, unsupported, wrongVersion } from '../refusal.ts'
import { headerOf, NodeIncoming } from './incoming.ts'
import { parseTarget } from './target.ts'

/** Turns a parsed message into a request for the app, or says why it cannot be one. */
export type Admit = (message: IncomingMessage, response: ServerResponse) => NodeIncoming | Refusal

/** Creates the check of every request, which believes forwarding headers from these proxies only. */
export function createAdmission(trustedProxies: readonly string[]): Admit {
  const trust = createProxyTrust(trustedProxies)
  const originate = trustedProxies.length === 0 ? byConnection(trust) : byRequest(trust)
  const originOf = createOrigins()
  return (message, response) => {
    if (message.httpVersionMajor !== 1) return wrongVersion
    if (message.method === 'TRACE' || message.url === '*') return unsupported
    const target = parseTarget(message.url ?? '')
    if (!target) return malformed('The request target is malformed.')
    // Only HTTP/1.0 may leave it out (RFC 9112, section 3.2).
    if (message.headers.host === undefined && message.httpVersion === '1.1') {
      return malformed('The header host is missing.')
    }
    const repeated = findRepeated(message.rawHeaders)
    if (repeated) return malformed(`The header ${repeated} is sent more than once.`)
    const host = hostOf(message, target.authority)
    if (host === undefined) return malformed('The header host does not match the request target.')
    const client = originate(message)
    const origin = originOf(client.proto ?? 'http', client.host ?? host)
    if (origin === undefined) return malformed('The header host is malformed.')
    const { path, query } = target
    return new NodeIncoming({ message, response, path, query, origin, address: client.address })
  }
}

/** Headers that Node would take the first of, where another reader may take the last. */
const SINGLE = ['host', 'content-type', 'authorization', 'content-length']
/** Their lengths differ, which tells nearly every other header apart before its letters are read. */
const SINGLE_BY_LENGTH: readonly (string | undefined)[] = Object.assign(
  [],
  ...SINGLE.map((name) => ({ [name.length]: name })),
)

function findRepeated(rawHeaders: readonly string[]): string | undefined {
  let seen = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at] ?? ''
    const name = SINGLE_BY_LENGTH[raw.length]
    if (name === undefined || raw.toLowerCase() !== name) continue
    const bit = 1 << raw.length
    if ((seen & bit) !== 0) return name
    seen |= bit
  }
  return undefined
}

/** The absolute form outranks Host (RFC 9112 section 3.2.2); a client that names two hosts means neither. */
function hostOf(message: IncomingMessage, authority: string | undefined): string | undefined {
  const host = message.headers.host ?? authority ?? `localhost:${message.socket.localPort}`
  if (authority === undefined || host.toLowerCase() === authority.toLowerCase()) return host
  return undefined
}

/** Without proxies the client is the peer: found out once for a connection, not for each request. */
function byConnection(trust: ProxyTrust): (message: IncomingMessage) => Origination {
  const known = new WeakMap<Socket, Origination>()
  return ({ socket }) => {
    const found = known.get(socket)
    if (found) return found
    const origination = trust(socket.remoteAddress, () => null)
    known.set(socket, origination)
    return origination
  }
}

function byRequest(trust: ProxyTrust): (message: IncomingMessage) => Origination {
  return (message) => trust(message.socket.remoteAddress, (name) => headerOf(message, name))
}
