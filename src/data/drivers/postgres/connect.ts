import type { ClientConfig } from 'pg'
import { connectionFailed } from './errors.ts'
import type { Package } from './load.ts'
import type { Settings } from './options.ts'
import { openWire } from './pg-wire.ts'
import { Session } from './session.ts'
import { setUp } from './set-up.ts'
import type { Wire } from './wire.ts'

export interface ConnectOptions {
  readonly pg: Package
  readonly place: string
  readonly settings: Settings
}

/** Opens a connection and sets it up, or says in a sentence why that cannot be. */
export async function connect(options: ConnectOptions): Promise<Session> {
  const { place, settings } = options
  const { statementTimeout } = settings
  const wire = await open(options)
  const session = new Session({ wire, statementTimeout })
  try {
    await setUp(session, { place, limit: statementTimeout })
    return session
  } catch (error) {
    wire.destroy?.()
    throw error
  }
}

async function open({ pg, place, settings }: ConnectOptions): Promise<Wire> {
  const { url, ssl, connectTimeout, applicationName } = settings
  const config: ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: connectTimeout,
    application_name: applicationName,
    keepAlive: true,
    ...(ssl === undefined ? undefined : { ssl }),
  }
  try {
    return await openWire(pg, config)
  } catch (error) {
    throw connectionFailed(place, error)
  }
}
