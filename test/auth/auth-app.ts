import { type Auth, type AuthOptions, auth, openAuth, password } from 'plinth/auth'
import { type AnyTable, type Database, type DataSource, open } from 'plinth/data'
import { type App, createApp, fromRequest, type OperationTree } from 'plinth/http'
import {
  createKeyring,
  createSignals,
  generateKey,
  type MailMessage,
  type TextMessage,
} from 'plinth/kernel'
import { createFakeClock, type FakeClock, type Recorder, recordSignals } from 'plinth/testing'

/** A back end of auth alone, on a database of its own and a clock that stands still. */
export interface AuthApp extends App {
  readonly database: Database
  readonly clock: FakeClock
  readonly recorder: Recorder
  readonly description: Auth
  readonly operations: OperationTree
  /** What was mailed, in order. Await `idle` before looking. */
  readonly mails: readonly MailMessage[]
  /** The short messages that were sent. */
  readonly texts: readonly TextMessage[]
  /** Settles when nothing is left to be sent. */
  idle(): Promise<void>
  /** Sends a request from an IP address. */
  send(path: string, init?: Sent): Promise<Answer>
}

export interface Sent {
  readonly method?: string
  readonly json?: unknown
  /** Fields of a form. */
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string
}

/** A response with its body read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Each test knows what its operation answers.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly json: any
}

export const ORIGIN = 'https://app.test'
export const ADDRESS = '203.0.113.7'

/** What is needed to send mails and codes; `mails` and `texts` of the app hold what was sent. */
export const MAILING = { origin: ORIGIN, mailing: true } as const

export type AppSettings = Partial<AuthOptions> & { readonly mailing?: boolean }

export interface AppExtras {
  readonly tables?: readonly AnyTable[]
  readonly operations?: OperationTree
}

/** Opens one on a database, which may be open already, until it is ended. */
export async function openOn(
  source: DataSource | Database,
  { mailing = false, ...options }: AppSettings = {},
  extra: AppExtras = {},
): Promise<AuthApp & { end(): Promise<void> }> {
  const clock = createFakeClock()
  const signals = createSignals()
  const recorder = recordSignals(signals)
  const mails: MailMessage[] = []
  const texts: TextMessage[] = []
  const senders = {
    keys: createKeyring({ current: 'test', keys: { test: generateKey() } }),
    mail: async (message: MailMessage) => void mails.push(message),
    text: async (message: TextMessage) => void texts.push(message),
  }
  const description = auth({ factors: [password()], ...(mailing && senders), ...options })
  const tables = [...description.tables, ...(extra.tables ?? [])]
  const database = 'system' in source ? source : await open(source, { tables, signals, clock })
  if (database !== source) await database.migrate()
  const { operations, authenticate, idle } = openAuth(description, { database, signals, clock })
  const app = createApp({
    operations: { auth: operations, ...extra.operations },
    authenticate,
    signals,
    clock,
  })
  return {
    ...app,
    async end() {
      await app.close()
      await idle()
      await database.close()
    },
    database,
    clock,
    recorder,
    description,
    operations,
    mails,
    texts,
    idle,
    async send(path, { json, form, address = ADDRESS, ...init } = {}) {
      const headers = new Headers(init.headers)
      if (json !== undefined) headers.set('content-type', 'application/json')
      const written = json === undefined ? null : JSON.stringify(json)
      const body = form ? new URLSearchParams(form) : written
      const method = init.method ?? (body === null ? 'GET' : 'POST')
      const request = new Request(ORIGIN + path, { method, headers, body })
      const outgoing = await app.handle(fromRequest(request, { address }))
      const text = typeof outgoing.body === 'string' ? outgoing.body : ''
      const answered = new Headers()
      for (const [name, value] of Object.entries(outgoing.headers)) {
        for (const item of [value].flat()) answered.append(name, item)
      }
      return {
        status: outgoing.status,
        headers: answered,
        text,
        json: text === '' || text.startsWith('<') ? undefined : JSON.parse(text),
      }
    },
  }
}

/** All that a client can see of an answer but the identity of its trace, which is always another. */
export function visible({ status, text, headers }: Answer): unknown {
  const fields = [...headers].filter(([name]) => name !== 'traceparent' && name !== 'x-request-id')
  return { status, text, headers: Object.fromEntries(fields) }
}

export const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
export const BOB = { email: 'bob@example.com', password: 'staple of the pond' }

/** A browser: it keeps the cookies that it is given, and says where it comes from. */
export interface Browser {
  readonly cookies: Map<string, string>
  send(path: string, init?: Sent): Promise<Answer>
}

/** Opens a browser with no cookies. */
export function openBrowser(app: AuthApp, from: { readonly address?: string } = {}): Browser {
  const cookies = new Map<string, string>()
  return {
    cookies,
    async send(path, init = {}) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = {
        origin: ORIGIN,
        'sec-fetch-site': 'same-origin',
        ...(cookie !== '' && { cookie }),
        ...init.headers,
      }
      const answer = await app.send(path, { ...from, ...init, headers })
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (/Max-Age=0(?:;|$)/.test(line)) cookies.delete(name)
        else cookies.set(name, value)
      }
      return answer
    },
  }
}

/** The token of the link in the last mail to an address. */
export async function linkedToken(app: AuthApp, to: string): Promise<string> {
  await app.idle()
  const mail = app.mails.findLast((each) => each.to === to)
  const token = /[?&]token=([\w-]+)/.exec(mail?.text ?? '')?.[1]
  if (token === undefined) throw new Error(`no link was mailed to ${to}`)
  return token
}

/** The code of six digits in the last mail or short message to somebody. */
export async function sentCode(app: AuthApp, to: string): Promise<string> {
  await app.idle()
  const sent = [...app.texts, ...app.mails].findLast((each) => each.to === to)
  const code = /\b\d{6}\b/.exec(sent?.text ?? '')?.[0]
  if (code === undefined) throw new Error(`no code was sent to ${to}`)
  return code
}

/** Signs up and in; the headers are those of a program with the session's token. */
export async function enter(app: AuthApp, account: { email: string; password: string } = ADA) {
  const before = app.mails.length
  await app.send('/auth/sign-up', { json: account })
  await app.idle()
  if (!app.mails.slice(before).some(({ text }) => text.includes('/sign-up/confirm?token='))) {
    return signIn(app, account)
  }
  const { password } = account
  const json = { token: await linkedToken(app, account.email), password, transport: 'bearer' }
  return entered(await app.send('/auth/sign-up/confirm', { json }))
}

/** Signs in as a program does. */
export async function signIn(
  app: AuthApp,
  { email, password }: { email: string; password: string } = ADA,
) {
  const json = { email, password, transport: 'bearer' }
  return entered(await app.send('/auth/sign-in', { json }))
}

function entered(answer: Answer) {
  const { token, user, session } = answer.json
  return { headers: { authorization: `Bearer ${token}` }, token, user, session, answer }
}
