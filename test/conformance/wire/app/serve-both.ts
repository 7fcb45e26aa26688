/** Serves the app on two ports of this machine until its standard input ends: for runtimes that listen. */

import { mount } from 'plinth/api'
import type { App } from 'plinth/http'
import type { ServeOptions, Server } from 'plinth/node'
import { operations, options } from './app.ts'
import { openRows, rows } from './rows.ts'

type Serve = (app: App, options: Omit<ServeOptions, 'maxHeaderSize'>) => Promise<Server>

/** Serves on free ports; `close` ends both servers and the database. */
export async function serveBoth(): Promise<{
  ports: { plain: number; proxied: number }
  close(): Promise<void>
}> {
  const serve = await findServe()
  const database = await openRows()
  const app = mount({ ...operations, rows }, { ...options, database, describe: false })
  const quiet = { port: 0, hostname: '127.0.0.1', signals: false, onListen() {}, onError() {} }
  const plain = await serve(app, quiet)
  const proxied = await serve(app, { ...quiet, trustedProxies: ['127.0.0.1', '10.0.0.0/8'] })
  return {
    ports: { plain: plain.port, proxied: proxied.port },
    async close() {
      await Promise.all([plain.close(), proxied.close()])
      await database.close()
    },
  }
}

async function findServe(): Promise<Serve> {
  if ('Bun' in globalThis) return (await import('plinth/bun')).serve
  if ('Deno' in globalThis) return (await import('plinth/deno')).serve
  return (await import('plinth/node')).serve
}
