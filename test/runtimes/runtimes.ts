/** How each runtime is started, and what it can run. */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Miniflare, type Request, type Response } from 'miniflare'
import type { Outcome, Suite } from '../conformance/main.ts'

export interface Runtime {
  canRun(suite: Suite): boolean
  /** Runs the bundled suites; rejects when the runtime ended otherwise than it should. */
  run(folder: string): AsyncIterable<Outcome>
}

const modules = `${import.meta.dirname}/node_modules`

/** The commands that run a file. */
export const programs: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'Node 22': [`${modules}/node22/bin/node`],
  'Node 24': [`${modules}/node24/bin/node`],
  'Node 26': [`${modules}/node26/bin/node`],
  Bun: [`${modules}/.bin/bun`],
  Deno: [`${modules}/.bin/deno`, 'run', '-A', '--node-modules-dir=manual', '--no-lock'],
}

/** The command that serves a Worker. */
export const workerd = `${modules}/.bin/workerd`

export const runtimes: Readonly<Record<string, Runtime>> = {
  ...Object.fromEntries(Object.entries(programs).map(([name, args]) => [name, command(...args)])),
  workerd: {
    canRun: ({ needs }) => needs.length === 0,
    run: runWorker,
  },
}

function command(program: string, ...args: readonly string[]): Runtime {
  return {
    canRun: () => true,
    async *run(folder) {
      const child = spawn(program, [...args, `${folder}/main.js`], {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 300_000,
      })
      const complaints: string[] = []
      child.stderr.on('data', (chunk) => complaints.push(String(chunk)))
      const ended = new Promise<string>((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (code, signal) => resolve(signal ?? String(code)))
      })
      let failed = false
      for await (const line of createInterface(child.stdout)) {
        const outcome = parseOutcome(line)
        if (outcome === undefined) continue
        failed ||= outcome.error !== undefined
        yield outcome
      }
      const code = await ended
      if (code !== (failed ? '1' : '0'))
        throw new Error(`ended with ${code}\n${complaints.join('')}`)
    },
  }
}

/** Whatever else is printed, a log record for example, is not an outcome. */
function parseOutcome(line: string): Outcome | undefined {
  if (!line.startsWith('{"suite":')) return undefined
  return JSON.parse(line)
}

/** Starts a Worker. */
export function openWorker(
  scriptPath: string,
  options: { outboundService?: (request: Request) => Promise<Response> } = {},
): Miniflare {
  return new Miniflare({
    modules: true,
    scriptPath,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    ...options,
  })
}

async function* runWorker(folder: string): AsyncGenerator<Outcome> {
  const worker = openWorker(`${folder}/worker.js`)
  try {
    const response = await worker.dispatchFetch('http://localhost/')
    if (!response.ok) throw new Error(`answered ${response.status}\n${await response.text()}`)
    const outcomes = await response.json()
    if (!Array.isArray(outcomes)) throw new Error('gave no outcomes')
    yield* outcomes
  } finally {
    await worker.dispose()
  }
}
