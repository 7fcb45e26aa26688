import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

export interface Placement {
  /** The one core the process is held to, where the system can do that. Absent: any. */
  readonly core?: 0 | 1
  /** Receives the process's stdout and stderr. */
  readonly log: string
  readonly args?: readonly string[]
}

export interface Child {
  readonly process: ChildProcess
  /** Resolves to the next message; rejects with the end of the log when none comes. */
  readonly message: () => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** Longer than any server takes to fill its database or any load to run. */
const PATIENCE_MS = 120_000

/** Ended with this process, however it ends. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0

/**
 * Starts a TypeScript file as a process of its own: the same Node binary, flags and environment for
 * every side, so that only their code differs.
 */
export function startProcess(file: URL, { core, log, args = [] }: Placement): Child {
  const node = [process.execPath, fileURLToPath(file), ...args]
  const pinned = canPin && core !== undefined
  const [command = '', ...rest] = pinned ? ['taskset', '-c', String(core), ...node] : node
  const output = openSync(log, 'w')
  const child = spawn(command, rest, {
    stdio: ['ignore', output, output, 'ipc'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
  })
  closeSync(output)
  running.add(child)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.once('exit', () => running.delete(child))

  const message = (): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const onEnd = (reason = 'ended early'): void =>
      reject(new Error(`${file.pathname} ${reason}:\n${readFileSync(log, 'utf8').slice(-2000)}`))
    if (child.exitCode !== null) onEnd()
    const timer = setTimeout(onEnd, PATIENCE_MS, `is silent for ${PATIENCE_MS} ms`)
    const onExit = (): void => onEnd()
    child.once('exit', onExit)
    child.once('message', resolve)
    return promise.finally(() => {
      clearTimeout(timer)
      child.off('exit', onExit)
      child.off('message', resolve)
    })
  }
  return {
    process: child,
    message,
    stop: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
