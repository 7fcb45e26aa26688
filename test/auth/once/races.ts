import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Step } from './flow.ts'

/** Processes that send the same request at the same time, each to its own app on one database. */
export interface Crowd {
  /** Sends a request `times` times in all; resolves to the statuses. */
  send(step: Step, times: number): Promise<number[]>
  close(): Promise<void>
}

export async function openCrowd(address: string, size = 4): Promise<Crowd> {
  const members = await Promise.all(Array.from({ length: size }, () => openMember(address)))
  return {
    async send(step, times) {
      const share = Math.ceil(times / size)
      return (await Promise.all(members.map(({ ask }) => ask({ ...step, times: share })))).flat()
    },
    async close() {
      await Promise.all(members.map(({ end }) => end()))
    },
  }
}

async function openMember(address: string) {
  const program = fileURLToPath(new URL('once-process.ts', import.meta.url))
  const child: ChildProcess = spawn('node', [program, address], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const { stdin, stdout } = child
  if (!stdin || !stdout) throw new Error('the process has no pipes')
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the process ended before it answered')
    return value
  }
  await next()
  return {
    async ask(order: object): Promise<number[]> {
      stdin.write(`${JSON.stringify(order)}\n`)
      return JSON.parse(await next())
    },
    async end(): Promise<void> {
      stdin.end()
      await exited
    },
  }
}
