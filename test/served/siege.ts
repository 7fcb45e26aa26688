import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Condition } from './hostile-process.ts'

/** A server in a process of its own that has little memory. */
export interface Besieged {
  readonly port: number
  readonly url: string
  condition(): Promise<Condition>
}

/** What a siege came to. */
export interface Outcome {
  /** Connections that could be opened. */
  readonly opened: number
  /** The most bytes that the server took, beyond what it had before. */
  readonly taken: number
  /** The longest that its event loop was blocked, in milliseconds of processor time. */
  readonly blocked: number
  /** What somebody well-behaved was answered meanwhile: milliseconds, and what was no answer. */
  readonly latencies: readonly number[]
  readonly failures: readonly string[]
}

/** What one attacker does with a connection. */
export type Assault = (socket: Socket, number: number) => void

/** Serves with 256 MiB of heap until the test ends. */
export async function besieged(): Promise<Besieged> {
  const child = fork(join(import.meta.dirname, 'hostile-process.ts'), {
    execArgv: ['--max-old-space-size=256'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [url] = await once(child, 'message')
  return { url, port: Number(new URL(url).port), condition: () => ask(child) }
}

async function ask(child: ChildProcess): Promise<Condition> {
  const answered = once(child, 'message')
  child.send('how are you?')
  return (await answered)[0]
}

interface Siege {
  readonly connections: number
  readonly assault: Assault
  /** Milliseconds for which it lasts once everybody is there. */
  readonly lasts: number
}

/** Lets many attack at once, with somebody well-behaved among them, and tells how everybody fared. */
export async function besiege(
  server: Besieged,
  { connections, assault, lasts }: Siege,
): Promise<Outcome> {
  await get(server)
  const before = await server.condition()
  const sockets = new Set<Socket>()
  const latencies: number[] = []
  const failures: string[] = []
  let over = false
  const guest = visit()
  const opened = await openAll()
  const end = performance.now() + lasts
  let resident = 0
  let blocked = 0
  while (performance.now() < end) {
    await delay(100)
    await look()
  }
  over = true
  await guest
  for (const socket of sockets) socket.destroy()
  return { opened, taken: resident - before.resident, blocked, latencies, failures }

  async function look(): Promise<void> {
    const condition = await server.condition()
    resident = Math.max(resident, condition.resident)
    blocked = Math.max(blocked, condition.blocked)
  }

  async function visit(): Promise<void> {
    while (!over) {
      const begin = performance.now()
      await get(server).then(
        () => latencies.push(performance.now() - begin),
        (error) => failures.push(String(error)),
      )
      await delay(20)
    }
  }

  async function openAll(): Promise<number> {
    let opened = 0
    for (let number = 0; number < connections; number += 50) {
      const some = Array.from({ length: Math.min(50, connections - number) }, (_, at) => at)
      const results = await Promise.allSettled(some.map((at) => attack(number + at)))
      opened += results.filter(({ status }) => status === 'fulfilled').length
    }
    return opened
  }

  async function attack(number: number): Promise<void> {
    const socket = connect(server.port, '127.0.0.1')
    sockets.add(socket)
    await once(socket, 'connect')
    socket.on('error', () => {})
    assault(socket, number)
  }
}

async function get({ url }: Besieged): Promise<void> {
  const response = await fetch(`${url}/notes`, { signal: AbortSignal.timeout(30_000) })
  if (response.status !== 200) throw new Error(`answered ${response.status}`)
  await response.arrayBuffer()
}
