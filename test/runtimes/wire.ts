/** Serves the app of the suite over HTTP on each runtime, and asks it all there is to ask. */

import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Ports } from '../conformance/wire/check.ts'
import { type Result, runCases } from '../conformance/wire/run.ts'
import { programs, workerd } from './runtimes.ts'

/** How long a server may take to start. */
const PATIENCE = 30_000

/** Starts the server of a runtime from the bundles in a folder, asks all cases, and ends it. */
export async function runWire(runtime: string, folder: string): Promise<Result[]> {
  const program = programs[runtime]
  const { child, ports } = program ? serve(program, folder) : serveWorker(folder)
  const complaints: string[] = []
  child.stderr?.on('data', (chunk) => complaints.push(String(chunk)))
  try {
    return await runCases(runtime, await within(ports))
  } catch (error) {
    throw new Error(`${runtime} serves nothing: ${complaints.join('').slice(-2_000)}`, {
      cause: error,
    })
  } finally {
    child.kill('SIGKILL')
  }
}

interface Serving {
  readonly child: ChildProcess
  readonly ports: Promise<Ports>
}

function serve([program, ...args]: readonly [string, ...string[]], folder: string): Serving {
  const child = spawn(program, [...args, `${folder}/server.js`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ports = find(child.stdout, (line) =>
    line.startsWith('{"plain":') ? (JSON.parse(line) as Ports) : undefined,
  )
  return { child, ports }
}

/** The plain runtime, without the development server around it that would read requests first. */
const CONFIGURATION = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "wire-worker.js")],
  compatibilityDate = "2026-07-01",
  compatibilityFlags = ["nodejs_compat"],
);
`

function serveWorker(folder: string): Serving {
  writeFileSync(`${folder}/workerd.capnp`, CONFIGURATION)
  const child = spawn(workerd, ['serve', `${folder}/workerd.capnp`, '--control-fd=3'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const ports = find(child.stdio[3] as Readable, (line) => {
    const { event, port } = JSON.parse(line)
    return event === 'listen' ? { plain: port, proxied: port } : undefined
  })
  return { child, ports }
}

async function find(lines: Readable, read: (line: string) => Ports | undefined): Promise<Ports> {
  for await (const line of createInterface(lines)) {
    const ports = read(line)
    if (ports) return ports
  }
  throw new Error('It ended before it listened')
}

async function within<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('It does not listen')), PATIENCE)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
