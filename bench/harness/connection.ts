import { connect, type Socket } from 'node:net'

export interface ConnectionEvents {
  /** The bytes of the body are valid until the next answer only. */
  readonly answered: (status: number, body: Buffer) => void
  /** Something that no answer explains: a broken connection, or an answer that cannot be read. */
  readonly failed: (reason: Error) => void
}

/**
 * A keep-alive connection with one request under way at a time, that does as little work per answer as
 * possible. Reads answers with `Content-Length`.
 */
export function openConnection(port: number, { answered, failed }: ConnectionEvents): Socket {
  let missing = 0
  let parts: Buffer[] = []
  let status = 0

  const finish = (body: Buffer): void => {
    missing = 0
    parts = []
    answered(status, body)
  }

  const onRead = (size: number, buffer: Uint8Array): boolean => {
    let chunk = Buffer.from(buffer.buffer, buffer.byteOffset, size)
    if (missing > 0) {
      parts.push(Buffer.from(chunk))
      missing -= size
      if (missing <= 0) finish(Buffer.concat(parts))
      return true
    }
    if (parts.length > 0) chunk = Buffer.concat([...parts, chunk])
    const head = chunk.indexOf('\r\n\r\n')
    if (head < 0) {
      parts = [Buffer.from(chunk)]
      return true
    }
    status = Number(chunk.toString('latin1', 9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(chunk.toString('latin1', 0, head))?.[1]
    if (length === undefined) {
      failed(new Error(`an answer without Content-Length: ${chunk.toString('latin1', 0, head)}`))
      return false
    }
    const body = chunk.subarray(head + 4)
    missing = Number(length) - body.length
    // Copied: the buffer is filled anew by the next read.
    parts = missing > 0 ? [Buffer.from(body)] : []
    if (missing <= 0) finish(body)
    return true
  }

  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.allocUnsafeSlow(65_536), callback: onRead },
  })
  socket.once('error', failed)
  socket.once('close', () => failed(new Error('the server closed a connection')))
  return socket
}
