import { connect as connectSocket } from 'node:net'
import type { Client, ClientConfig } from 'pg'
import { Batch } from './batch.ts'
import type { Package } from './load.ts'
import type { Wire } from './wire.ts'

/** What a client of pg knows of its process on the server, for cancelling. */
interface Process {
  readonly processID: number
  readonly secretKey: number
}

/** Connects with pg; fails with pg's own error. */
export async function openWire(pg: Package, config: ClientConfig): Promise<Wire> {
  const client = new pg.Client(config)
  let open = true
  const onLost = () => {
    open = false
  }
  // Without a listener, a connection that breaks while nobody uses it would end the process.
  client.on('error', onLost)
  client.on('end', onLost)
  try {
    await client.connect()
  } catch (error) {
    client.connection.stream.destroy()
    throw error
  }
  return {
    get open() {
      return open
    },
    async send(steps, forgotten) {
      const batch = new Batch(steps, forgotten)
      // Its types know queries of one's own by `submit` alone, and less of what that is given.
      client.query(batch as unknown as Parameters<Client['query']>[0])
      const outcome = await batch.outcome
      return { ...outcome, idle: !outcome.error && client.getTransactionStatus() === 'I' }
    },
    cancel: () => cancel(client),
    destroy() {
      open = false
      client.connection.stream.destroy()
    },
    async end() {
      open = false
      await client.end()
    },
  }
}

const CANCEL_REQUEST = 80_877_102

/**
 * Asks over a connection of its own, as the protocol has it.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
function cancel(client: Client): Promise<void> {
  const { processID, secretKey } = client as unknown as Process
  const request = Buffer.alloc(16)
  request.writeInt32BE(16, 0)
  request.writeInt32BE(CANCEL_REQUEST, 4)
  request.writeInt32BE(processID, 8)
  request.writeInt32BE(secretKey, 12)
  const { host, port } = client
  const isFile = host.startsWith('/')
  return new Promise((resolve) => {
    const socket = isFile ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host)
    // The server answers by closing, whether there was something to cancel or not.
    socket.on('close', () => resolve())
    socket.on('error', () => resolve())
    socket.end(request)
  })
}
