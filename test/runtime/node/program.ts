/** A program as a team would write it, for the tests that send it signals. */

import { setTimeout as delay } from 'node:timers/promises'
import type { App, Incoming, Outgoing } from '../../../src/http/index.ts'
import { type Server, serve } from '../../../src/runtime/node/index.ts'

const { SERVERS = '1', SHUTDOWN = '10000', SIGNALS, CLOSE } = process.env

const app: App = {
  handle: async (incoming) => ({ status: 200, headers: {}, body: await respond(incoming) }),
  fetch: () => Promise.reject(new Error('not used by this runtime')),
  async close() {
    if (CLOSE === 'fails') throw new Error('disk full')
    console.log('closed')
  },
}

let server: Promise<Server> | undefined
for (let count = 0; count < Number(SERVERS); count++) {
  server = serve(app, {
    signals: SIGNALS !== 'no',
    shutdownTimeout: Number(SHUTDOWN),
    onListen: (url) => console.log(url),
  })
}

async function respond({ path, signal }: Incoming): Promise<Outgoing['body']> {
  if (path === '/slow') {
    console.log('began')
    await delay(500)
    return 'finished'
  }
  if (path === '/stuck') {
    console.log('began')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    console.log('aborted')
    return 'nobody reads this'
  }
  if (path === '/close') {
    void close()
    return 'closing'
  }
  return 'hello'
}

async function close(): Promise<void> {
  await (await server)?.close()
  console.log('listeners', process.listenerCount('SIGTERM') + process.listenerCount('SIGINT'))
}
