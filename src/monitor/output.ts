import { release } from '../kernel/index.ts'

/** Standard output, which never waits for whoever reads it. */
export interface Output {
  /** Takes lines, each ended by a newline. Returns how many were lost since the last call. */
  write(lines: string): number
  /** Runs `work`, which may write, when the process ends. The function returned takes that back. */
  atEnd(work: () => void): () => void
}

/** As much as is used here of `node:fs`. */
interface FileSystem {
  readonly constants: { readonly O_WRONLY: number; readonly O_NONBLOCK: number }
  fstatSync(descriptor: number): { isFIFO(): boolean }
  openSync(path: string, flags: number): number
  writeSync(descriptor: number, bytes: Uint8Array): number
}

interface Platform {
  readonly process?: {
    /** Its descriptor; threads have none of their own. */
    readonly stdout?: { readonly fd?: number }
    getBuiltinModule?(id: 'node:fs'): FileSystem | undefined
    once?(event: 'exit', listener: () => void): unknown
  }
}

const STDOUT = 1
/** Bytes that wait for a slow reader; what comes after them is lost. */
const CAPACITY = 1_048_576
const RETRY_MS = 20
/** Milliseconds that a process at its end gives a slow reader. */
const LAST_MS = 500

let opened: Output | undefined

/** Standard output of this process: one for all, since their lines are not to be mixed up. */
export function standardOutput(): Output {
  opened ??= open()
  return opened
}

function open(): Output {
  // Workers have the module too, but a console in the place of what stands behind it elsewhere.
  const isWorker = globalThis.navigator?.userAgent === 'Cloudflare-Workers'
  const { process } = globalThis as Platform
  const files = isWorker ? undefined : process?.getBuiltinModule?.('node:fs')
  if (!files) return { write: writeToConsole, atEnd: () => () => undefined }
  const output = openDescriptor(files, descriptorOf(files, process?.stdout?.fd ?? STDOUT))
  process?.once?.('exit', output.end)
  return output
}

function writeToConsole(lines: string): number {
  // It adds the last newline itself.
  console.log(lines.slice(0, -1))
  return 0
}

/**
 * A pipe whose reader has stopped holds up the whole server when it is written to as it is. Opened anew it
 * can be written to without waiting, and others that share it do not notice. Sockets cannot be opened
 * anew, but on Node and Bun `process.stdout` has already made them answer instead of waiting.
 */
function descriptorOf(files: FileSystem, standard: number): number {
  try {
    if (!files.fstatSync(standard).isFIFO()) return standard
    const { O_WRONLY, O_NONBLOCK } = files.constants
    return files.openSync(`/proc/self/fd/${standard}`, O_WRONLY | O_NONBLOCK)
  } catch {
    return standard
  }
}

/** Writes to a file that may answer that it takes no more now. */
export function openDescriptor(
  files: Pick<FileSystem, 'writeSync'>,
  descriptor: number,
): Output & { end(): void } {
  const encoder = new TextEncoder()
  const waiting: Uint8Array[] = []
  let size = 0
  let lost = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const endings = new Set<() => void>()
  return {
    atEnd(work) {
      endings.add(work)
      return () => void endings.delete(work)
    },
    write(lines) {
      const bytes = encoder.encode(lines)
      if (size + bytes.length > CAPACITY) lost += countLines(bytes)
      else {
        size += bytes.length
        waiting.push(bytes)
      }
      if (timer === undefined) drain()
      const told = lost
      lost = 0
      return told
    },
    end() {
      for (const work of endings) work()
      // Nothing can be awaited any more: asking again and again is the only way to wait.
      const until = performance.now() + LAST_MS
      do drain()
      while (waiting.length > 0 && performance.now() < until)
    },
  }

  function drain(): void {
    clearTimeout(timer)
    timer = undefined
    try {
      for (let [first] = waiting; first; [first] = waiting) {
        const written = files.writeSync(descriptor, first)
        size -= written
        if (written < first.length) waiting[0] = first.subarray(written)
        else waiting.shift()
      }
    } catch (error) {
      if (isBusy(error)) timer = release(setTimeout(drain, RETRY_MS))
      else forget()
    }
  }

  /** Nobody will ever read it, or there is no room on the disk. */
  function forget(): void {
    for (const bytes of waiting.splice(0)) lost += countLines(bytes)
    size = 0
  }
}

function isBusy(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'EAGAIN'
}

const NEWLINE = 10

function countLines(bytes: Uint8Array): number {
  let lines = 0
  for (const byte of bytes) if (byte === NEWLINE) lines += 1
  return lines
}
