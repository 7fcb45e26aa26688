/**
 * Sends requests at a rate, whatever becomes of those before: `node load-process.ts URL TOKEN RATE`.
 * Every other one creates a note, with a key; the others read one. Nothing is sent twice. Ends when it
 * is told to, and tells what came of it.
 */

import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'

/** What became of the requests. */
export interface LoadReport {
  readonly sent: number
  readonly failures: readonly string[]
  /** Titles of the notes that were answered 201. */
  readonly created: readonly string[]
  /** Milliseconds from when a request was due to the end of its answer. */
  readonly latency: { readonly median: number; readonly p99: number; readonly max: number }
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly body?: string
}

const [url = '', token = '', rate = '500'] = process.argv.slice(2)
const PERIOD = 10

const agent = new Agent({ keepAlive: true, maxSockets: 256 })
const failures: string[] = []
const created: { id: string; title: string }[] = []
const latencies: number[] = []
const running = new Set<Promise<void>>()
const begin = performance.now()
let sent = 0

const timer = setInterval(() => {
  const due = ((performance.now() - begin) / 1_000) * Number(rate)
  for (; sent < due; sent += 1) {
    const asked = sendOne(sent).catch((error) => void failures.push(String(error)))
    running.add(asked)
    void asked.then(() => running.delete(asked))
  }
}, PERIOD)

process.once('message', async () => {
  clearInterval(timer)
  await Promise.all(running)
  const sorted = latencies.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  const report: LoadReport = {
    sent,
    failures,
    created: created.map(({ title }) => title),
    latency: { median: at(0.5), p99: at(0.99), max: at(1) },
  }
  process.send?.(report, () => process.disconnect())
  agent.destroy()
})

async function sendOne(number: number): Promise<void> {
  const due = begin + (number / Number(rate)) * 1_000
  const known = created[(number * 7) % created.length]
  if (number % 2 === 0 || known === undefined) await create(`note ${number}`)
  else await read(known)
  latencies.push(performance.now() - due)
}

async function create(title: string): Promise<void> {
  const body = JSON.stringify({ title })
  const answer = await ask({ method: 'POST', path: '/notes', body })
  if (answer.status !== 201) throw new Error(`POST: ${answer.status} ${answer.text}`)
  created.push(JSON.parse(answer.text))
}

async function read({ id, title }: { id: string; title: string }): Promise<void> {
  const answer = await ask({ method: 'GET', path: `/notes/${id}` })
  if (answer.status !== 200) throw new Error(`GET: ${answer.status} ${answer.text}`)
  if (JSON.parse(answer.text).title !== title) throw new Error(`GET: another note than ${title}`)
}

function ask({ method, path, body }: Asked): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'idempotency-key': `"${randomUUID()}"`,
    }),
  }
  const sending = request(`${url}${path}`, { method, headers, agent }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk) => {
      text += chunk
    })
    response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
    response.once('error', reject)
  })
  sending.once('error', (error) => reject(new Error(`${method}: ${error.message}`)))
  sending.end(body)
  return promise
}
