import { spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { WrongAnswer } from '../../harness/rounds.ts'
import { compiler } from './compile.ts'

export interface Place {
  readonly line: number
  readonly character: number
}

/** A whole line that is typed, and deleted again. */
export interface Change {
  readonly file: string
  readonly place: Place
  readonly text: string
}

/** The compiler as editors run it, spoken to as they speak to it (LSP 3.17). */
export interface LanguageServer {
  /** Opens a file and waits until its errors are known; throws `WrongAnswer` when it has any. */
  readonly open: (file: string, text: string) => Promise<void>
  readonly insert: (change: Change) => void
  readonly remove: (change: Change) => void
  /** The labels offered at a place. */
  readonly complete: (file: string, place: Place, patienceMs: number) => Promise<string[]>
  readonly stop: () => Promise<void>
}

export async function startLanguageServer(directory: string): Promise<LanguageServer> {
  const connection = connect(directory)
  const { request, notify } = connection
  const rootUri = pathToFileURL(directory).href
  await request('initialize', {
    processId: process.pid,
    rootUri,
    workspaceFolders: [{ uri: rootUri, name: 'bench' }],
    capabilities: { textDocument: { completion: { completionItem: {} }, diagnostic: {} } },
  })
  notify('initialized', {})
  let version = 1
  const change = (file: string, range: { start: Place; end: Place }, text: string): void =>
    notify('textDocument/didChange', {
      textDocument: { uri: pathToFileURL(file).href, version: ++version },
      contentChanges: [{ range, text }],
    })
  return {
    open: async (file, text) => {
      const uri = pathToFileURL(file).href
      notify('textDocument/didOpen', {
        textDocument: { uri, languageId: 'typescript', version, text },
      })
      const report = await request('textDocument/diagnostic', { textDocument: { uri } })
      const errors = (report as { items?: { severity?: number }[] }).items ?? []
      if (errors.some(({ severity }) => severity === 1)) {
        throw new WrongAnswer(`the editor shows errors: ${JSON.stringify(errors.slice(0, 2))}`)
      }
    },
    insert: ({ file, place, text }) => change(file, { start: place, end: place }, text),
    remove: ({ file, place }) =>
      change(file, { start: place, end: { line: place.line + 1, character: 0 } }, ''),
    complete: async (file, position, patienceMs) => {
      const answer = (await request(
        'textDocument/completion',
        { textDocument: { uri: pathToFileURL(file).href }, position },
        patienceMs,
      )) as { items: { label: string }[] } | { label: string }[] | null
      const items = Array.isArray(answer) ? answer : (answer?.items ?? [])
      return items.map(({ label }) => label)
    },
    stop: connection.stop,
  }
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

interface Connection {
  readonly request: (method: string, params: unknown, patienceMs?: number) => Promise<unknown>
  readonly notify: (method: string, params: unknown) => void
  readonly stop: () => Promise<void>
}

/** JSON-RPC over the server's stdin and stdout. */
function connect(directory: string): Connection {
  const child = spawn(process.execPath, [compiler, '--lsp', '--stdio'], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const waiting = new Map<number, (message: Message) => void>()
  let last = 0

  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  readMessages(child.stdout, (message) => {
    if (message.id === undefined) return
    if (message.method === undefined) waiting.get(message.id)?.(message)
    else send({ id: message.id, result: answerTo(message) })
  })
  return {
    request: async (method, params, patienceMs = 120_000) => {
      const id = ++last
      const { promise, resolve, reject } = Promise.withResolvers<Message>()
      waiting.set(id, resolve)
      const late = (): void => reject(new WrongAnswer(`${method} takes over ${patienceMs} ms`))
      const timer = setTimeout(late, patienceMs)
      child.once('exit', late)
      send({ id, method, params })
      const { result, error } = await promise.finally(() => {
        clearTimeout(timer)
        child.off('exit', late)
        waiting.delete(id)
      })
      if (error) throw new Error(`${method}: ${error.message}`)
      return result
    },
    notify: (method, params) => send({ method, params }),
    stop: async () => {
      kill()
      process.off('exit', kill)
      await ended
    },
  }
}

/** What an editor without settings answers: a setting for each that is asked for, and yes. */
function answerTo({ method, params }: Message): unknown {
  if (method !== 'workspace/configuration') return null
  return (params as { items: unknown[] }).items.map(() => ({}))
}

function readMessages(stream: NodeJS.ReadableStream, receive: (message: Message) => void): void {
  let pending = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      const head = pending.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = /content-length: *(\d+)/i.exec(pending.toString('latin1', 0, head))?.[1]
      const end = head + 4 + Number(length)
      if (pending.length < end) return
      receive(JSON.parse(pending.toString('utf8', head + 4, end)) as Message)
      pending = pending.subarray(end)
    }
  })
}
