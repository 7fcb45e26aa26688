import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDescriptor } from '../../src/monitor/output.ts'

/** Starts the program that logs so many lines. */
function start(lines: number, stdout: number | 'pipe', ending = 'close'): ChildProcess {
  const file = join(import.meta.dirname, 'output/server.ts')
  const child = spawn(process.execPath, [file, String(lines), ending], {
    stdio: ['ignore', stdout, 'pipe'],
  })
  if (stdout !== 'pipe') closeSync(stdout)
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

function temporary(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'plinth-output-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return join(directory, name)
}

/** A pipe as shells and containers make it; those of child processes are sockets. */
function openPipe(): { readonly input: number; readonly output: Socket } {
  const path = temporary('pipe')
  execFileSync('mkfifo', [path])
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const output = new Socket({ fd: reading, readable: true, writable: false })
  return { input: openSync(path, 'w'), output }
}

async function read(stream: Readable | null): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function messages(text: string): string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).message)
}

const LINES = 20_000
const all = Array.from({ length: LINES }, (_, at) => `line ${at}`)

describe('standard output', () => {
  it('writes every line into a file, in order', async () => {
    const file = temporary('log')
    const child = start(LINES, openSync(file, 'w'))
    expect(JSON.parse(await read(child.stderr))).toEqual({ lost: 0 })
    expect(messages(readFileSync(file, 'utf8'))).toEqual([...all, 'the end'])
  })

  it('goes on when nobody reads, keeps some, and says what was lost', async () => {
    const { input, output } = openPipe()
    const child = start(LINES, input)
    // It comes to its end although nothing was read.
    const { lost } = JSON.parse(await read(child.stderr))
    expect(lost).toBeGreaterThan(0)
    const text = await read(output)
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    const kept = messages(whole)
    expect(kept).toEqual(all.slice(0, kept.length))
  })

  it('goes on when nobody reads the socket of a child process', async () => {
    const child = start(LINES, 'pipe')
    const { lost } = JSON.parse(await read(child.stderr))
    expect(lost).toBeGreaterThan(0)
  })

  it('loses nothing to a reader that reads late', async () => {
    const { input, output } = openPipe()
    const child = start(1000, input)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const [text, told] = await Promise.all([read(output), read(child.stderr)])
    expect(messages(text)).toEqual([...all.slice(0, 1000), 'the end'])
    expect(JSON.parse(told)).toEqual({ lost: 0 })
  })

  it('gets what was gathered when the process is told to exit', async () => {
    const { input, output } = openPipe()
    start(3, input, 'exit')
    expect(messages(await read(output))).toEqual(all.slice(0, 3))
  })

  it('outlives the reader of its pipe', async () => {
    const { input, output } = openPipe()
    const child = start(LINES, input)
    output.destroy()
    const [told, [code]] = await Promise.all([read(child.stderr), once(child, 'exit')])
    expect(JSON.parse(told).lost).toBeGreaterThan(0)
    expect(code).toBe(0)
  })
})

describe('a descriptor that takes no more for now', () => {
  const busy = Object.assign(new Error('try again'), { code: 'EAGAIN' })

  function open(take: (bytes: Uint8Array) => number) {
    const taken: number[] = []
    const output = openDescriptor(
      {
        writeSync(_descriptor, bytes) {
          const count = take(bytes)
          for (const byte of bytes.subarray(0, count)) taken.push(byte)
          return count
        },
      },
      1,
    )
    return { output, text: () => new TextDecoder().decode(new Uint8Array(taken)) }
  }

  it('is given the rest of a line later, however it is cut', async () => {
    let calls = 0
    const { output, text } = open((bytes) => {
      calls += 1
      if (calls % 3 === 0) throw busy
      return Math.min(5, bytes.length)
    })
    for (let at = 0; at < 10; at += 1) expect(output.write(`größe ${at} 🦊\n`)).toBe(0)
    await expect.poll(() => text().split('\n').length).toBe(11)
    expect(text()).toBe(Array.from({ length: 10 }, (_, at) => `größe ${at} 🦊\n`).join(''))
  })

  it('drops what is more than a mebibyte, by whole lines', () => {
    let free = false
    const { output, text } = open((bytes) => {
      if (!free) throw busy
      return bytes.length
    })
    const line = `${'x'.repeat(1023)}\n`
    expect(output.write(line.repeat(512))).toBe(0)
    expect(output.write(line.repeat(512))).toBe(0)
    expect(output.write(line.repeat(3))).toBe(3)
    expect(output.write('')).toBe(0)
    free = true
    output.end()
    expect(text()).toBe(line.repeat(1024))
    expect(output.write(line)).toBe(0)
  })

  it('counts what waited for a reader that is gone', () => {
    let error: Error = busy
    const { output } = open(() => {
      throw error
    })
    expect(output.write('a\nb\n')).toBe(0)
    error = Object.assign(new Error('gone'), { code: 'EPIPE' })
    output.end()
    expect(output.write('c\n')).toBe(3)
  })
})
