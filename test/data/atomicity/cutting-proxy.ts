import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Trouble } from './runner.ts'

/** Whether what is being sent still arrives when the connection breaks; its answer never does. */
export type Cut = 'before' | 'after'

/** A network between a test and its server, which breaks a connection at the n-th thing sent to it. */
export interface CuttingProxy extends Trouble {
  readonly url: string
}

export async function openCuttingProxy(target: string, cut: Cut): Promise<CuttingProxy> {
  const to = new URL(target)
  const sockets = new Set<Socket>()
  let planned = 0
  let count = 0
  let ended: Promise<unknown> | undefined

  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname)
    near.on('data', (chunk) => {
      count += 1
      const now = planned > 0 && count === planned
      if (!now || cut === 'after') far.write(chunk)
      if (!now) return
      // The server closes its end when it is done with all that arrived.
      ended = new Promise((resolve) => far.once('close', resolve))
      near.resetAndDestroy()
      far.end()
    })
    far.on('data', (chunk) => near.write(chunk))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.end()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = new URL(target)
  const address = server.address()
  url.port = String(typeof address === 'object' ? address?.port : '')
  return {
    url: url.href,
    plan(at) {
      planned = at
      count = 0
      ended = undefined
    },
    async clear() {
      planned = 0
      await ended
      return ended !== undefined
    },
  }
}
