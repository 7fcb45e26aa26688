import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A network that can fail, between a test and its server. */
export interface Proxy {
  readonly url: string
  /** How often something was sent to the server. */
  readonly sent: number
  /** Breaks all connections; new ones are possible. */
  cut(): void
  /** Passes nothing on any more, in silence; new connections are possible. */
  freeze(): void
  /** Breaks a connection as soon as what is sent to the server contains the text, which is passed on. */
  cutAfter(text: string): void
}

export async function openProxy(target: string): Promise<Proxy> {
  const to = new URL(target)
  const pairs = new Set<readonly [Socket, Socket]>()
  let sent = 0
  let trigger: string | undefined

  const server = createServer((near) => {
    const far = connect(Number(to.port || 5432), to.hostname)
    const pair = [near, far] as const
    pairs.add(pair)
    near.on('data', (chunk) => {
      sent += 1
      far.write(chunk)
      if (!trigger || !chunk.includes(trigger)) return
      trigger = undefined
      // What was sent arrives; no answer does.
      near.destroy()
      far.end()
    })
    far.on('data', (chunk) => near.write(chunk))
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        for (const one of pair) one.end()
        pairs.delete(pair)
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    server.close()
  })
  const url = new URL(target)
  const address = server.address()
  url.port = String(typeof address === 'object' ? address?.port : '')
  return {
    url: url.href,
    get sent() {
      return sent
    },
    cut() {
      for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
    },
    freeze() {
      for (const pair of pairs) for (const socket of pair) socket.removeAllListeners('data').pause()
    },
    cutAfter(text) {
      trigger = text
    },
  }
}
