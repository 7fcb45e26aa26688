import { join } from 'node:path'
import { call as callHttp, type HttpCall } from '../../harness/http.ts'
import { startProcess } from '../../harness/process.ts'
import { WrongAnswer } from '../../harness/rounds.ts'
import { note, notesPerOwner, owner } from '../../peers/dataset.ts'

export interface SideOptions {
  readonly name: string
  /** The server: called with the path of its database, it fills it, listens and calls `served`. */
  readonly file: URL
  readonly args?: readonly string[]
  readonly directory: string
}

/** What a server tells through `served`. */
export interface SideFacts {
  readonly port: number
  /** Path that takes `{ email, password }` and whatever `signInInput` adds. */
  readonly signIn: string
  readonly signInInput?: Record<string, unknown>
  /** How a session is shown: `token` of the sign-in's answer as bearer, or the cookie that it set. */
  readonly credential: 'bearer' | 'cookie'
}

/** A running server, signed in as the owner of note 0 to 999. */
export interface Side {
  readonly name: string
  readonly pid: number
  readonly port: number
  /** Headers of a signed-in request. */
  readonly credentials: Record<string, string>
  /** Paths of the owner's list, page by page: the first, then each one's cursor. */
  readonly pages: readonly string[]
  /** One request; signed in, unless it has headers of its own. */
  readonly call: (path: string, init?: HttpCall) => Promise<Answer>
  readonly stop: () => Promise<void>
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Page {
  readonly items: readonly Note[]
  readonly next: string | null
}

export interface Note {
  readonly id: string
  readonly owner: string
  readonly title: string
  readonly body: string
  readonly createdAt: string
}

export const pageSize = 20

/** Starts a server, signs in over HTTP and reads the owner's whole list once, checking every note. */
export async function startSide({ name, file, args = [], directory }: SideOptions): Promise<Side> {
  const files = join(directory, [name, ...args].join('-').replace(/[^\w-]+/g, '-'))
  const start = () =>
    startProcess(file, { core: 0, log: `${files}.log`, args: [`${files}.db`, ...args] })
  // Once to fill its database, and once to serve it: what filling left on the heap is no part of that.
  const filling = start()
  await filling.message().finally(filling.stop)
  const child = start()
  try {
    const facts = (await child.message()) as SideFacts
    const origin = `http://127.0.0.1:${facts.port}`
    const credentials = await signIn(origin, facts)
    const call = async (path: string, init: HttpCall = {}): Promise<Answer> => {
      const headers = { 'content-type': 'application/json', ...(init.headers ?? credentials) }
      const { status, body } = await callHttp(origin + path, { ...init, headers })
      return { status, body: fromJson(body) }
    }
    const pages = await walk(call)
    return {
      name,
      pid: child.process.pid ?? 0,
      port: facts.port,
      credentials,
      pages,
      call,
      stop: child.stop,
    }
  } catch (error) {
    await child.stop()
    throw error
  }
}

async function signIn(origin: string, facts: SideFacts): Promise<Record<string, string>> {
  const { status, headers, body } = await callHttp(origin + facts.signIn, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: owner.email, password: owner.password, ...facts.signInInput }),
  })
  if (status !== 200) throw new WrongAnswer(`sign-in answers ${status}: ${body}`)
  if (facts.credential === 'cookie') {
    const cookies = [headers['set-cookie'] ?? []].flat()
    return { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') }
  }
  const { token } = fromJson(body) as { token: string }
  return { authorization: `Bearer ${token}` }
}

async function walk(call: Side['call']): Promise<string[]> {
  const first = `/notes?limit=${pageSize}&order=-createdAt`
  const pages = [first]
  let newest = notesPerOwner - 1
  for (;;) {
    const { status, body } = await call(pages.at(-1) ?? first)
    if (status !== 200) throw new WrongAnswer(`the list answers ${status}: ${JSON.stringify(body)}`)
    const { items, next } = body as Page
    for (const item of items) assertNote(item, newest--)
    if (next === null) break
    pages.push(`${first}&cursor=${encodeURIComponent(next)}`)
  }
  if (newest !== -1) throw new WrongAnswer(`the list ends ${newest + 1} notes too early`)
  return pages
}

/** Holds an answer against the owner's note at that place in time. */
export function assertNote(actual: Note, index: number): void {
  const expected = note(0, index)
  for (const key of ['id', 'title', 'body', 'createdAt'] as const) {
    if (actual[key] === expected[key]) continue
    throw new WrongAnswer(`note ${index} has ${key} ${actual[key]}, not ${expected[key]}`)
  }
}

function fromJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new WrongAnswer(`an answer that is not JSON: ${body.slice(0, 200)}`)
  }
}
