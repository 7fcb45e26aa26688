import { describe, expect, it } from 'vitest'
import { open, readToEnd, readUntil, send, served, text } from './served.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

describe('large answers', () => {
  it('[ASVS 15.2.2] that nobody reads are let go, the oldest first', async () => {
    const server = await served(({ path }) => text(path === '/' ? 'x'.repeat(32_000_000) : 'small'))
    const first = await open(server)
    first.pause()
    first.write(GET)
    const ended = new Promise((resolve) => first.once('close', resolve))
    for (let other = 0; other < 5; other++) {
      const socket = await open(server)
      socket.pause()
      socket.write(GET)
      await send(server, 'GET /small HTTP/1.1', 'Host: a', 'Connection: close', '', '')
    }
    first.resume()
    await ended
  })

  it('arrive whole, many at once', async () => {
    const server = await served(() => text('x'.repeat(4_000_000)))
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => (await fetch(server.url)).text()),
    )
    expect(answers.map(({ length }) => length)).toEqual(Array(40).fill(4_000_000))
  })

  it('are followed by the next on their connection', async () => {
    const large = 'x'.repeat(1_000_000)
    const server = await served(({ path }) => text(path === '/' ? large : 'small'))
    const socket = await open(server)
    const answered = readUntil(socket, 'small')
    socket.write(GET + GET + GET.replace('/', '/small'))
    expect((await answered).match(/xx+/g)?.map(({ length }) => length)).toEqual([1e6, 1e6])
    const rest = readToEnd(socket)
    socket.end()
    await rest
  })
})
