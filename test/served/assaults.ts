import type { Assault } from './siege.ts'

/** Sends a line of a request and nothing else, or nothing at all. */
export const idle: Assault = (socket, number) => {
  if (number % 2 === 0) socket.write('GET / HTTP/1.1\r\n')
}

/** Sends a body a byte at a time. */
export const slowBody: Assault = (socket) => {
  socket.write(
    'POST /bytes HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 250000\r\n\r\n',
  )
  const timer = setInterval(() => socket.write('x'), 1_000)
  socket.once('close', () => clearInterval(timer))
}

/** Asks for something and reads no byte of it. */
export function slowReader(path: string): Assault {
  return (socket) => {
    socket.pause()
    socket.write(request(path))
  }
}

/** Sends many requests ahead and reads no answer. */
export const ahead: Assault = (socket) => {
  socket.pause()
  socket.write(request('/notes').repeat(Math.floor(40_000 / request('/notes').length)))
}

/** Sends more headers than anybody needs, again and again. */
export const manyHeaders: Assault = (socket) => {
  const lines = Array.from({ length: 3_000 }, (_, at) => `X-${at}: 1\r\n`).join('')
  socket.write(`GET /notes HTTP/1.1\r\nHost: a\r\n${lines}\r\n`)
  socket.resume()
}

/** Sends a body as fast as it goes, and then another. */
export function body(path: string, type: string, content: string | Uint8Array): Assault {
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(content)}\r\n\r\n`
  return (socket) => {
    socket.write(head)
    socket.write(content)
    socket.on('data', () => {
      if (!socket.writable) return
      socket.write(head)
      socket.write(content)
    })
  }
}

function request(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
}
