import type { Handle } from '../../data/index.ts'
import { type Incoming, serializeCookie } from '../../http/index.ts'
import { sha256, systemRandom, toBase64Url } from '../../kernel/index.ts'
import type { OneTimeSecrets } from '../secrets/one-time.ts'
import { readCookie } from '../session/cookie.ts'
import type { Transport } from '../session/wire.ts'

/** What somebody set out to do when they were sent to a provider. */
export interface Flow {
  readonly intent: 'sign-in' | 'link'
  /** For linking: whose account, and the session that it was begun in. */
  readonly user: string | null
  readonly session: string | null
  readonly returnTo: string | null
  readonly transport: Transport
}

/** The secrets of a flow, which are only made where the browser's half is. */
export interface FlowSecrets {
  readonly state: string
  /** Of PKCE (RFC 7636). */
  readonly verifier: string
  readonly nonce: string
}

/** The purpose of its secrets, and of what is counted. */
export const FLOW: string = 'oauth'
/** Ten minutes to sign in at the provider. */
const LIFETIME = 10 * 60_000
const COOKIE = '__Host-oauth'
/** Where programs without cookies put the binding that they were given. */
export const BINDING_HEADER: string = 'oauth-binding'
const BINDING = /^[A-Za-z0-9_-]{43}$/

/** Makes the half of a flow's secrets that its browser alone keeps. */
export function createBinding(): string {
  return toBase64Url(systemRandom.bytes(32))
}

/** The browser's half, as it keeps it. Two tabs of one browser share it. */
export function readBinding(incoming: Incoming): string | null {
  const cookies = incoming.header('cookie')
  const text = cookies === null ? null : readCookie(cookies, COOKIE)
  return text !== null && BINDING.test(text) ? text : null
}

/** The binding that a program shows instead. */
export function readShownBinding(incoming: Incoming): string | null {
  const text = incoming.header(BINDING_HEADER)
  return text !== null && BINDING.test(text) ? text : null
}

export function writeBinding(binding: string): string {
  return serializeCookie(COOKIE, binding, { maxAge: LIFETIME / 1000 })
}

export function clearBinding(): string {
  return serializeCookie(COOKIE, '', { maxAge: 0 })
}

/** Begins a flow with a provider as part of `tx`, bound to a browser. */
export async function beginFlow(
  tx: Handle,
  { user, ...flow }: Flow & { readonly provider: string },
  { secrets, binding }: { readonly secrets: OneTimeSecrets; readonly binding: string },
): Promise<FlowSecrets> {
  const payload = { ...flow, binding: await digest(binding) }
  const state = await secrets.issue(tx, { purpose: FLOW, lifetime: LIFETIME, user, payload })
  return secretsOf(state, binding)
}

/** A flow that has come back. */
export interface TakenFlow extends Flow, FlowSecrets {
  readonly binding: string
}

/** What the answer of a provider came with. */
export interface Returned {
  readonly provider: string
  readonly state: string
  readonly binding: string | null
}

/**
 * Takes the flow that a provider's answer belongs to, or answers null: for one of another provider, of
 * another browser, that is over, or that was taken before. Another browser takes nothing away.
 */
export async function takeFlow(
  tx: Handle,
  { provider, state, binding }: Returned,
  secrets: OneTimeSecrets,
): Promise<TakenFlow | null> {
  if (binding === null) return null
  const open = await secrets.find(tx, FLOW, state)
  if (open?.payload['provider'] !== provider) return null
  if (open.payload['binding'] !== (await digest(binding))) return null
  if (!(await secrets.spend(tx, FLOW, state))) return null
  // Stored by `beginFlow`, and by nothing else.
  const { intent, session, returnTo, transport } = open.payload as unknown as Flow
  const { user } = open
  return {
    intent,
    session,
    returnTo,
    transport,
    user,
    binding,
    ...(await secretsOf(state, binding)),
  }
}

/**
 * What the provider is shown is made of both halves, state and binding: a stolen database, which has
 * neither, redeems no code, and neither does another browser.
 */
async function secretsOf(state: string, binding: string): Promise<FlowSecrets> {
  const [verifier, nonce] = await Promise.all([
    sha256(`oauth.verifier.${state}.${binding}`),
    sha256(`oauth.nonce.${state}.${binding}`),
  ])
  return { state, verifier, nonce }
}

async function digest(binding: string): Promise<string> {
  return sha256(`oauth.binding.${binding}`)
}
