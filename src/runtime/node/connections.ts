import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { App } from '../../http/index.ts'
import { failed, type Refusal, unexpected } from '../refusal.ts'
import { isReported } from '../reported.ts'
import type { Closable } from '../shutdown.ts'
import type { Admit } from './admission.ts'
import { writeAnswer } from './answer.ts'
import { NodeIncoming } from './incoming.ts'
import type { Load } from './load.ts'
import { rawRefusal, refusalOf, refuse } from './refusal.ts'
import { endOfTurn } from './turn.ts'
import { createUnread } from './unread.ts'

interface Ports {
  readonly app: App
  readonly admit: Admit
  readonly onError: (error: unknown) => void
  readonly load: Load
}

type Taking = (message: IncomingMessage, response: ServerResponse) => void

/** Requests that a client may send before it has read the answer to an earlier one. */
const MAX_AHEAD = 64
/** Such requests of all clients together: each holds some kilobytes, and a thousand clients may send. */
const MAX_AHEAD_IN_ALL = 4_096

/**
 * Answers the requests of a server with an app, and keeps account of its connections: Node's own
 * account counts one that never sent anything as busy, and would wait for it when closing.
 */
export function answerRequests(server: HttpServer, { app, admit, onError, load }: Ports): Closable {
  const connections = new Map<Socket, Set<NodeIncoming>>()
  const ahead = new WeakMap<Socket, number>()
  const seconds = Math.floor(server.timeout / 1_000)
  const keepAlive = server.timeout === 0 ? undefined : `timeout=${seconds}`
  const eventStreams = new Set<() => void>()
  const noteUnread = createUnread()
  let aheadInAll = 0
  let running = 0
  let draining = false
  let closing = false
  let settle: (() => void) | undefined

  server.on('connection', open)
  server.on(
    'request',
    inTurn((message, response) => receive(admit(message, response), response)),
  )
  server.on(
    'checkContinue',
    inTurn((message, response) => {
      const admitted = admit(message, response)
      if (admitted instanceof NodeIncoming) admitted.waits = true
      receive(admitted, response)
    }),
  )
  server.on('checkExpectation', (_message, response) => refuse(response, unexpected))
  server.on('clientError', rejectUnparsed)
  server.on('timeout', endSilent)
  // Called by `close`, it would cut off answers that are written but not yet read by their clients.
  server.closeIdleConnections = endIdle
  return { drain, stop, abort, settled }

  function open(socket: Socket): void {
    const requests = new Set<NodeIncoming>()
    connections.set(socket, requests)
    socket.once('close', () => {
      connections.delete(socket)
      aheadInAll -= ahead.get(socket) ?? 0
      ahead.delete(socket)
      for (const request of requests) request.abort()
    })
  }

  /**
   * Takes the requests of a connection one after another, each when the answer before it has been
   * written out: else a client that sends many and reads nothing would fill the memory with answers.
   */
  function inTurn(take: Taking): Taking {
    return (message, response) => {
      // Node gives an answer the connection as soon as none is before it.
      if (response.socket) return take(message, response)
      const { socket } = message
      const before = ahead.get(socket) ?? 0
      if (socket.destroyed) return
      if (before === MAX_AHEAD || aheadInAll === MAX_AHEAD_IN_ALL) return socket.destroy()
      ahead.set(socket, before + 1)
      aheadInAll += 1
      response.once('socket', () => {
        ahead.set(socket, (ahead.get(socket) ?? 1) - 1)
        aheadInAll -= 1
        if (!closing) take(message, response)
      })
    }
  }

  function receive(admitted: NodeIncoming | Refusal, response: ServerResponse): void {
    if (admitted instanceof NodeIncoming) void answer(admitted)
    else refuse(response, admitted)
  }

  async function answer(incoming: NodeIncoming): Promise<void> {
    const { socket } = incoming.message
    const requests = connections.get(socket)
    requests?.add(incoming)
    running += 1
    let working = false
    try {
      let outgoing = load.excessive() ? app.shed?.(incoming) : undefined
      if (!outgoing) {
        load.begin()
        working = true
        outgoing = await app.handle(incoming)
        load.end()
        working = false
      }
      await endOfTurn()
      const written = writeAnswer(incoming, outgoing, {
        ending: draining,
        closing,
        keepAlive,
        eventStreams,
        noteUnread,
      })
      if (written) await written
    } catch (error) {
      if (working) load.end()
      if (!isReported(error)) onError(error)
      if (incoming.response.headersSent) incoming.response.destroy()
      else refuse(incoming.response, failed)
    }
    if (incoming.streamed) incoming.letThrough()
    requests?.delete(incoming)
    running -= 1
    if (!closing) return
    if (!isBusy(socket)) socket.destroySoon()
    if (running === 0) settle?.()
  }

  function isBusy(socket: Socket): boolean {
    return (connections.get(socket)?.size ?? 0) > 0
  }

  function rejectUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
    const requests = [...(connections.get(socket) ?? [])]
    const [current] = requests
    // What is malformed must not be taken for the answer to a request that came before it.
    const unanswered =
      !current ||
      (requests.length === 1 && !current.message.complete && !current.response.headersSent)
    if (!socket.writable || !unanswered) socket.destroy()
    else socket.end(rawRefusal(refusalOf(error.code)))
  }

  /** A handler at work is silent too, but one whose answer is not being read is done. */
  function endSilent(socket: Socket): void {
    if (!isBusy(socket) || socket.writableLength > 0) socket.destroy()
  }

  function drain(): void {
    draining = true
  }

  function stop(): Promise<void> {
    closing = true
    for (const end of eventStreams) end()
    const { promise, resolve } = Promise.withResolvers<void>()
    server.close(() => resolve())
    return promise
  }

  function endIdle(): void {
    for (const socket of connections.keys()) {
      if (!isBusy(socket)) socket.destroySoon()
    }
  }

  function abort(): void {
    for (const socket of connections.keys()) socket.destroy()
  }

  function settled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (running === 0) resolve()
    else settle = resolve
    return promise
  }
}
