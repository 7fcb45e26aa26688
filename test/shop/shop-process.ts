import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Plan } from './buy.ts'

/** A shop served by a process of its own. */
export interface ShopProcess {
  readonly url: string
  /** Ends it at once, as a crash or a loss of power would. */
  kill(): Promise<void>
  /** Asks it to stop, and resolves to its exit code. */
  stop(): Promise<number | null>
}

export interface Answer {
  readonly status: number
  readonly code?: string
  readonly body: { readonly id: string }
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** A folder of its own under the system's temporary one. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'plinth-shop-'))
}

export async function startShop(database: string): Promise<ShopProcess> {
  const child = spawn('node', [here('serve-shop.ts'), database], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const url = await firstLine(child)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const [code] = await exited
    return code as number | null
  }
  return { url, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') }
}

/** Sends a plan of orders from a client process and resolves to all answers. */
export async function buy(url: string, plan: Plan): Promise<Answer[]> {
  const child = spawn('node', [here('buy.ts'), url], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(plan))
  const answers: Answer[] = []
  for await (const line of createInterface({ input: child.stdout })) answers.push(JSON.parse(line))
  return answers
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the child has no standard output')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the shop ended before it was open')
}

/** Signs up and in over HTTP and returns the token. */
export async function signInAt(url: string, email: string): Promise<string> {
  const account = { email, password: 'a long enough password' }
  await post(url, '/auth/sign-up', account)
  const { token } = await post<{ token: string }>(url, '/auth/sign-in', {
    ...account,
    transport: 'bearer',
  })
  return token
}

export async function post<T>(
  url: string,
  path: string,
  body: unknown,
  token?: string,
): Promise<T> {
  const headers = {
    'content-type': 'application/json',
    ...(token && { authorization: `Bearer ${token}` }),
  }
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return response.json() as Promise<T>
}
