/** Sends a request byte for byte, and reads the answer as strictly as it was meant to be written. */

import { connect } from 'node:net'
import type { Sent } from './case.ts'

export interface Answer {
  readonly status: number
  /** In lower case; several lines of one name stand in a list. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: Buffer
}

export interface Exchanged {
  /** Undefined when the connection ended without one. */
  readonly answer: Answer | undefined
  /** Whether the server ended the connection. */
  readonly ended: boolean
  /** What came behind the answer. */
  readonly rest: string
  /** Why what came is no whole answer. */
  readonly fault?: string
}

/** How long a server may take: a bound for one that never answers, not something that is measured. */
const PATIENCE = 10_000
/** How long a server that has answered is left to end the connection, or to answer what it should not. */
const LINGER = 50

/**
 * Sends a request on a connection of its own; resolves at the end of the connection. When the server
 * leaves it open behind a whole answer, it is ended from here, as any client would.
 */
export function exchange(port: number, sent: Sent): Promise<Exchanged> {
  const { promise, resolve } = Promise.withResolvers<Exchanged>()
  const chunks: Buffer[] = []
  const method = sent.raw === undefined ? (sent.line.split(' ', 1)[0] ?? '') : 'GET'
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const timer = setTimeout(() => finish(false), PATIENCE)
  let lingering: NodeJS.Timeout | undefined
  socket.on('connect', () => socket.write(toBytes(sent, port)))
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    clearTimeout(lingering)
    if (isWhole(chunks, method)) lingering = setTimeout(() => socket.end(), LINGER)
  })
  socket.on('close', () => finish(true))
  // Reset by the server: what came before still counts, and `close` follows.
  socket.on('error', () => {})
  return promise

  function finish(ended: boolean): void {
    clearTimeout(timer)
    clearTimeout(lingering)
    socket.destroy()
    try {
      resolve({ ...read(Buffer.concat(chunks), method), ended })
    } catch (error) {
      resolve({ answer: undefined, rest: '', ended, fault: String(error) })
    }
  }
}

/** Whether an answer is there that tells its own end. */
function isWhole(chunks: readonly Buffer[], method: string): boolean {
  try {
    const { answer } = read(Buffer.concat(chunks), method)
    if (!answer) return false
    const { status, headers } = answer
    const framed = headers.has('content-length') || headers.has('transfer-encoding')
    return framed || status === 204 || status === 304
  } catch {
    return false
  }
}

function toBytes({ line, headers = {}, body, raw }: Sent, port: number): Buffer {
  if (raw !== undefined) return Buffer.from(raw, 'latin1')
  const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const lines = [`${line} HTTP/1.1`]
  if (!own.has('host')) lines.push(`Host: 127.0.0.1:${port}`)
  if (!own.has('connection')) lines.push('Connection: close')
  for (const [name, value] of Object.entries(headers)) {
    for (const each of [value].flat()) lines.push(`${name}: ${each}`)
  }
  const content = Buffer.from(body ?? '')
  const framed = own.has('content-length') || own.has('transfer-encoding')
  if (!framed && body !== undefined) lines.push(`Content-Length: ${content.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content])
}

/** Reads one answer, and throws where its framing could be read in two ways (RFC 9112, section 6). */
function read(bytes: Buffer, method: string): Omit<Exchanged, 'ended' | 'fault'> {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) {
    if (bytes.length > 0) throw new Error(`The answer has no head: ${bytes.toString('latin1')}`)
    return { answer: undefined, rest: '' }
  }
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1])
  if (!status) throw new Error(`No status line: ${first}`)
  if (status < 200) return read(bytes.subarray(end + 4), method)
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined) throw new Error(`No header: ${line}`)
    const key = name.toLowerCase()
    headers.set(key, [...(headers.get(key) ?? []), value])
  }
  const { body, rest } = readBody(bytes.subarray(end + 4), { headers, status, method })
  return { answer: { status, headers, body }, rest: rest.toString('latin1') }
}

function readBody(
  bytes: Buffer,
  head: { headers: ReadonlyMap<string, string[]>; status: number; method: string },
): { body: Buffer; rest: Buffer } {
  const length = head.headers.get('content-length')
  const coding = head.headers.get('transfer-encoding')
  if (length && coding) throw new Error('The answer is framed by its length and by its chunks')
  if (head.method === 'HEAD' || head.status === 204 || head.status === 304) {
    return { body: Buffer.alloc(0), rest: bytes }
  }
  if (coding) {
    if (coding.join() !== 'chunked') throw new Error(`Transfer-Encoding is ${coding.join()}`)
    return unchunk(bytes)
  }
  if (!length) return { body: bytes, rest: Buffer.alloc(0) }
  const [announced = ''] = length
  if (length.length > 1 || !/^\d+$/.test(announced) || bytes.length < Number(announced)) {
    throw new Error(`Content-Length is ${length.join()}, and ${bytes.length} bytes came`)
  }
  return { body: bytes.subarray(0, Number(announced)), rest: bytes.subarray(Number(announced)) }
}

function unchunk(bytes: Buffer): { body: Buffer; rest: Buffer } {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at)
    const size = /^[0-9a-f]+$/i.exec(bytes.subarray(at, end).toString('latin1'))?.[0]
    if (end === -1 || size === undefined) throw new Error('The answer breaks off between chunks')
    const start = end + 2
    const next = start + Number.parseInt(size, 16)
    if (bytes.subarray(next, next + 2).toString('latin1') !== '\r\n') {
      throw new Error('The answer breaks off within a chunk')
    }
    if (next === start) return { body: Buffer.concat(parts), rest: bytes.subarray(next + 2) }
    parts.push(bytes.subarray(start, next))
    at = next + 2
  }
}
