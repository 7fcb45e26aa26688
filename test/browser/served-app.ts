import { createServer } from 'node:net'
import { type Backend, backend } from 'plinth'
import { type AuthOptions, auth } from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { anyone, type OperationTree } from 'plinth/http'
import { createKeyring, generateKey, type MailMessage } from 'plinth/kernel'
import { serve } from 'plinth/node'
import { onTestFinished } from 'vitest'

/** A back end that listens on this machine. */
export interface ServedApp {
  /** Such as `http://localhost:41234`: where browsers find it, and what auth is told. */
  readonly origin: string
  readonly app: Backend
  /** What was mailed, in order. */
  readonly mails: readonly MailMessage[]
}

/** Serves one with a database in memory, for as long as the test runs. With `mailing` it sends mails. */
export async function serveApp(
  {
    mailing = false,
    ...options
  }: Omit<AuthOptions, 'origin' | 'keys' | 'mail'> & { readonly mailing?: boolean },
  api: OperationTree = {},
): Promise<ServedApp> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const mails: MailMessage[] = []
  const app = await backend({
    data: sqlite(':memory:', []),
    auth: auth({
      origin,
      keys: createKeyring({ current: 'test', keys: { test: generateKey() } }),
      ...(mailing && { mail: async (message: MailMessage) => void mails.push(message) }),
      ...options,
    }),
    api,
    monitor: { logs: false },
    describe: { guard: anyone },
    verify: true,
  })
  const server = await serve(app, { port, signals: false, onListen: () => {} })
  onTestFinished(() => server.close())
  return { origin, app, mails }
}

/** A port that nobody listens on: the origin has to be known before there is an app. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port was free')
  return address.port
}
