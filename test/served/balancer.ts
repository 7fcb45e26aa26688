import { connect, createServer, type Socket } from 'node:net'

/** Shares connections out among servers. */
export interface Balancer {
  readonly url: string
  /** Adds a server, and resolves once it has been seen to be ready. */
  add(url: string): Promise<void>
  close(): Promise<void>
}

interface Target {
  readonly url: URL
  ready: boolean
  readonly seen: PromiseWithResolvers<void>
}

const PERIOD = 50

/**
 * Starts a balancer as they stand in front of services: it asks every server for `/ready`, gives new
 * connections to those that say so in turn, and repeats nothing. What a server loses is lost.
 */
export async function startBalancer(): Promise<Balancer> {
  const targets = new Set<Target>()
  const sockets = new Set<Socket>()
  let turn = 0
  const server = createServer({ allowHalfOpen: true, noDelay: true }, share)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const timer = setInterval(() => {
    for (const target of targets) void look(target)
  }, PERIOD)
  const { port } = server.address() as { port: number }

  return {
    url: `http://127.0.0.1:${port}`,
    add(url) {
      const target = { url: new URL(url), ready: false, seen: Promise.withResolvers<void>() }
      targets.add(target)
      return target.seen.promise
    },
    async close() {
      clearInterval(timer)
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }

  function share(client: Socket): void {
    const ready = [...targets].filter((target) => target.ready)
    turn += 1
    const target = ready[turn % ready.length]
    if (!target) return void client.destroy()
    const { hostname, port } = target.url
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    upstream.setNoDelay()
    join(client, upstream)
    join(upstream, client)
  }

  function join(from: Socket, to: Socket): void {
    sockets.add(from)
    from.pipe(to)
    from.once('error', () => to.destroy())
    from.once('close', () => {
      sockets.delete(from)
      if (!from.readableEnded) to.destroy()
    })
  }

  async function look(target: Target): Promise<void> {
    try {
      const response = await fetch(new URL('/ready', target.url))
      await response.arrayBuffer()
      target.ready = response.ok
      if (response.ok) target.seen.resolve()
    } catch {
      // It has closed: there is nothing to ask any more.
      targets.delete(target)
    }
  }
}
