import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Takes note of an answer that has been written, and of what its client has not taken of it. */
export type NoteUnread = (response: ServerResponse) => void

/** Bytes that clients may leave lying of their answers, all together. */
const MOST = 134_217_728
/** Bytes of one answer that are not worth counting. */
const LITTLE = 65_536

/**
 * Bounds the memory that large answers take whose clients do not read them: when it is full, the client
 * that has been reading for longest is disconnected.
 */
export function createUnread(most: number = MOST): NoteUnread {
  const waiting = new Map<Socket, number>()
  let total = 0
  return (response) => {
    const { socket } = response
    if (socket === null || socket.writableLength < LITTLE) return
    const forget = () => remove(socket)
    waiting.set(socket, socket.writableLength)
    total += socket.writableLength
    response.once('finish', forget).once('close', forget)
    for (const longest of waiting.keys()) {
      if (total <= most) return
      remove(longest)
      longest.destroy()
    }
  }

  function remove(socket: Socket): void {
    total -= waiting.get(socket) ?? 0
    waiting.delete(socket)
  }
}
