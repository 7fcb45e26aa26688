import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { open, readToEnd, readUntil } from './served.ts'

const program = `${import.meta.dirname}/program.ts`

interface Started {
  child: ChildProcess
  port: number
  /** Resolves when the program prints the line. */
  printed(line: string): Promise<void>
  lines: string[]
  errors(): string
  ended: Promise<{ code: number | null; signal: string | null }>
}

/** Starts a program that serves, and waits until it listens. */
async function start(env: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const reader = createInterface(child.stdout)
  reader.on('line', (line) => lines.push(line))
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  async function printed(line: string): Promise<void> {
    while (!lines.includes(line)) await once(reader, 'line')
  }
  if (env['FAILS'] === undefined) {
    while (lines.length === 0) await once(reader, 'line')
  }
  const port = Number(lines[0]?.match(/:(\d+)$/)?.[1])
  return { child, port, printed, lines, errors: () => errors, ended }
}

function request(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
}

describe('a program that serves', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 after %s', async (signal) => {
    const { child, lines, ended, errors } = await start()
    child.kill(signal)
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(lines.slice(1)).toEqual(['closed'])
    expect(errors()).toBe('')
  })

  it('finishes the running request and refuses new ones', async () => {
    const started = await start()
    const socket = await open(started)
    const answer = readToEnd(socket)
    socket.write(request('/slow'))
    const idle = await open(started)
    const idleEnd = readToEnd(idle)
    await started.printed('began')
    started.child.kill('SIGTERM')
    expect(await idleEnd).toBe('')
    await expect(open(started)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(await answer).toMatch(/finished$/)
    expect(await started.ended).toEqual({ code: 0, signal: null })
    expect(started.lines.slice(1)).toEqual(['began', 'closed'])
  })

  it('aborts what outlives the deadline and still closes', async () => {
    const started = await start({ SHUTDOWN: '100' })
    const socket = await open(started)
    const answer = readToEnd(socket)
    socket.write(request('/stuck'))
    await started.printed('began')
    started.child.kill('SIGTERM')
    expect(await answer).toBe('')
    expect(await started.ended).toEqual({ code: 0, signal: null })
    expect(started.lines.slice(1)).toEqual(['began', 'aborted', 'closed'])
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends at once on a second %s', async (signal, code) => {
    const started = await start({ SHUTDOWN: '60000' })
    const socket = await open(started)
    socket.write(request('/stuck'))
    await started.printed('began')
    const repeat = setInterval(() => started.child.kill(signal), 100)
    const ended = await started.ended
    clearInterval(repeat)
    expect(ended).toEqual({ code, signal: null })
    expect(started.lines.slice(1)).toEqual(['began'])
  })

  it('takes a signal that comes doubled for one', async () => {
    const started = await start()
    const socket = await open(started)
    const answer = readToEnd(socket)
    socket.write(request('/slow'))
    await started.printed('began')
    started.child.kill('SIGINT')
    started.child.kill('SIGTERM')
    expect(await answer).toMatch(/finished$/)
    expect((await started.ended).code).toBe(0)
  })

  it('closes all of its servers before it ends', async () => {
    const started = await start({ SERVERS: '2' })
    started.child.kill('SIGTERM')
    expect((await started.ended).code).toBe(0)
    expect(started.lines.filter((line) => line === 'closed')).toHaveLength(2)
  })

  it('ends with 1 and the reason when the app cannot be closed', async () => {
    const started = await start({ CLOSE: 'fails' })
    started.child.kill('SIGTERM')
    expect((await started.ended).code).toBe(1)
    expect(started.errors()).toContain('disk full')
  })

  it('is ended by the signal itself when it wants none handled', async () => {
    const started = await start({ SIGNALS: 'no' })
    started.child.kill('SIGTERM')
    expect(await started.ended).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('ends by itself after close, with no signal handled any more', async () => {
    const started = await start()
    const socket = await open(started)
    const answer = readUntil(socket, 'closing')
    socket.write(request('/close'))
    await answer
    expect(await started.ended).toEqual({ code: 0, signal: null })
    expect(started.lines.slice(1)).toEqual(['closed', 'listeners 0'])
  })

  it('survives clients that disconnect at every moment', async () => {
    const started = await start()
    for (const text of [
      '',
      'G',
      'GET / HTTP/1.1\r\n',
      request('/'),
      request('/stuck'),
      'x\r\n\r\n',
    ]) {
      const socket = await open(started)
      socket.write(text)
      socket.resetAndDestroy()
    }
    const socket = await open(started)
    const answer = readUntil(socket, 'hello')
    socket.write(request('/'))
    await answer
    started.child.kill('SIGTERM')
    expect((await started.ended).code).toBe(0)
    expect(started.errors()).toBe('')
  })

  it.each([
    ['an invalid PORT', { PORT: 'abc' }, 'environment variable PORT'],
    ['a port in use', {}, 'is already in use'],
  ])('dies of %s with its message', async (_, env, message) => {
    const other = await start()
    const { ended, errors } = await start({ FAILS: 'yes', PORT: String(other.port), ...env })
    expect((await ended).code).toBe(1)
    expect(errors()).toContain(message)
  })
})
