import { connect, type Socket } from 'node:net'
import { type App, type Incoming, type Outgoing, toProblem } from 'plinth/http'
import { type ServeOptions, type Server, serve } from 'plinth/node'
import { onTestFinished } from 'vitest'

type Handle = (incoming: Incoming) => Outgoing | Promise<Outgoing>

/** An app of one handler, whose failures are answers, as those of every app are. */
export function appOf(handle: Handle, close = async (): Promise<void> => {}): App {
  return {
    async handle(incoming) {
      try {
        return await handle(incoming)
      } catch (error) {
        const problem = toProblem(error)
        return { status: problem.status, headers: {}, body: JSON.stringify(problem) }
      }
    },
    fetch: () => Promise.reject(new Error('not used by this runtime')),
    close,
  }
}

/** An answer of text. */
export function text(body: Outgoing['body'], rest: Partial<Outgoing> = {}): Outgoing {
  return { status: 200, headers: { 'content-type': 'text/plain' }, body, ...rest }
}

/** Serves a handler on a free port of this machine until the test ends. */
export async function served(handle: Handle, options: ServeOptions = {}): Promise<Server> {
  const server = await serve(appOf(handle), {
    port: 0,
    hostname: '127.0.0.1',
    signals: false,
    shutdownTimeout: 0,
    onListen: () => {},
    ...options,
  })
  onTestFinished(() => server.close())
  return server
}

/** Opens a connection that fails silently, as the client's side of an attack does. */
export function open({ port }: { port: number }): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect(port, '127.0.0.1', () => {
    socket.off('error', reject).on('error', () => {})
    resolve(socket)
  })
  socket.once('error', reject)
  onTestFinished(() => void socket.destroy())
  return promise
}

/** Everything that comes until the server ends the connection, one character a byte. */
export function readToEnd(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let received = ''
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
  })
  socket.once('close', () => resolve(received))
  socket.once('end', () => socket.end())
  return promise
}

/** Resolves with what has come so far as soon as it holds the text. */
export function readUntil(socket: Socket, wanted: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let received = ''
  const read = (chunk: Buffer) => {
    received += chunk.toString('latin1')
    if (!received.includes(wanted)) return
    socket.off('data', read)
    resolve(received)
  }
  socket.on('data', read)
  socket.once('close', () => reject(new Error(`ended without ${wanted}: ${received}`)))
  return promise
}

/** Sends bytes as they stand and returns all that the server says before it ends the connection. */
export async function send(server: { port: number }, ...lines: string[]): Promise<string> {
  const socket = await open(server)
  socket.write(lines.join('\r\n'), 'latin1')
  return readToEnd(socket)
}

/** The status of each answer in what was received. */
export function statuses(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}
