import { anyone, apiTables, type MountedApp, type MountOptions, mount } from 'plinth/api'
import { type AnyTable, type Database, open } from 'plinth/data'

import type { Authenticate, OperationTree } from 'plinth/http'
import type { Clock } from 'plinth/kernel'
import { freshSource } from '../data/fixture.ts'

/** `Authorization: Bearer ada` is Ada; `Bearer ada:staff` is Ada with a role. */
export const authenticate: Authenticate = (incoming) => {
  const token = incoming.header('authorization')?.replace(/^Bearer /, '')
  if (!token) return null
  const [name = '', ...roles] = token.split(':')
  return { actor: { id: actorId(name), roles }, credential: 'bearer', sessionId: name }
}

/** A UUID that tells whose it is. */
export function actorId(name: string): string {
  const hex = Buffer.from(name.padEnd(6, '.')).subarray(0, 6).toString('hex')
  return `00000000-0000-7000-8000-${hex}`
}

export async function database(tables: AnyTable[], clock?: Clock): Promise<Database> {
  const opened = await open(await freshSource(tables), {
    tables: apiTables,
    ...(clock && { clock }),
  })
  await opened.migrate()
  return opened
}

export function app<const Tree extends OperationTree>(
  tree: Tree,
  options: MountOptions,
): MountedApp<Tree> {
  return mount(tree, { authenticate, describe: { guard: anyone }, ...options })
}

export interface Sent {
  as?: string
  body?: unknown
  text?: string
  headers?: Record<string, string>
}

export interface Received {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is what it says
  body: any
}

/** Sends one request to an app and reads the answer. */
export async function send(
  { fetch }: Pick<MountedApp<unknown>, 'fetch'>,
  line: string,
  { as, body, text, headers = {} }: Sent = {},
): Promise<Received> {
  const [method = 'GET', path = '/'] = line.split(' ')
  const payload = body === undefined ? text : JSON.stringify(body)
  const response = await fetch(
    new Request(`http://app.test${path}`, {
      method,
      headers: {
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    }),
  )
  const received = await response.text()
  const json = /\bjson/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text: received,
    body: json && received !== '' ? JSON.parse(received) : undefined,
  }
}
