import type { IncomingMessage, ServerResponse } from 'node:http'
import { headerOf, NodeIncoming } from './incoming.ts'
import { malformed, type Refusal } from './refusal.ts'
import { createOrigins, parseTarget } from './target.ts'

/** What a proxy that is trusted tells of the client; without one, the peer's address alone. */
export type ProxyTrust = (
  peer: string | undefined,
  header: (name: string) => string | null,
) => { readonly address: string | undefined; readonly proto?: string; readonly host?: string }

/** Turns a parsed message into a request for the app, or says why it cannot be one. */
export type Admit = (message: IncomingMessage, response: ServerResponse) => NodeIncoming | Refusal

/** Headers that Node would take the first of, where another reader may take the last. */
const SINGLE = new Set(['host', 'authorization', 'content-length', 'content-type'])
const SINGLE_LENGTHS = new Set([...SINGLE].map((name) => name.length))

/** Creates the check of every request. */
export function createAdmission(trust: ProxyTrust): Admit {
  const originOf = createOrigins()
  return (message, response) => {
    const target = parseTarget(message.url ?? '')
    if (!target) return malformed('The request target is malformed.')
    const repeated = findRepeated(message.rawHeaders)
    if (repeated) return malformed(`The header ${repeated} is sent more than once.`)
    const host = hostOf(message, target.authority)
    if (host === undefined) return malformed('The header host does not match the request target.')
    const client = trust(message.socket.remoteAddress, (name) => headerOf(message, name))
    const origin = originOf(client.proto ?? schemeOf(message), client.host ?? host)
    if (origin === undefined) return malformed('The header host is malformed.')
    const { path, query } = target
    return new NodeIncoming({ message, response, path, query, origin, address: client.address })
  }
}

function findRepeated(rawHeaders: readonly string[]): string | undefined {
  let seen: string | undefined
  let more: Set<string> | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at] ?? ''
    if (!SINGLE_LENGTHS.has(raw.length)) continue
    const name = raw.toLowerCase()
    if (!SINGLE.has(name)) continue
    if (seen === undefined) {
      seen = name
    } else {
      more ??= new Set([seen])
      if (more.has(name)) return name
      more.add(name)
    }
  }
  return undefined
}

/** The absolute form outranks Host (RFC 9112 section 3.2.2); a client that sends two names has two minds. */
function hostOf(
  { headers, socket }: IncomingMessage,
  authority: string | undefined,
): string | undefined {
  const host = headers.host
  if (authority !== undefined) {
    return host === undefined || host.toLowerCase() === authority.toLowerCase()
      ? authority
      : undefined
  }
  // Only HTTP/1.0 may leave it out.
  return host ?? `localhost:${socket.localPort}`
}

function schemeOf({ socket }: IncomingMessage): string {
  return 'encrypted' in socket ? 'https' : 'http'
}
