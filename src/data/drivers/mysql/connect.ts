import { connect as connectSocket } from 'node:net'
import type { Connection } from 'mysql2'
import type { Statement } from '../sql/driver.ts'
import { connectionFailed } from './errors.ts'
import { DEFAULT_ISOLATION, statementLimit } from './link.ts'
import type { Settings } from './options.ts'
import type { Package } from './package.ts'
import { identifyServer, type Server } from './server.ts'
import { createSession, type Session } from './session.ts'

/** Prepared statements that a connection keeps, the ones used least lately making room. */
const MAX_PREPARED = 256

/** Opens a connection, or says in a sentence why there is none. */
export async function connect(mysql2: Package, settings: Settings): Promise<Session> {
  const { address, ssl, place } = settings
  const { host, port } = address
  // A socket of our own: the package only parts politely, which a server that is gone never answers.
  const socket = connectSocket({ host, port, noDelay: true, keepAlive: true })
  const connection = mysql2.createConnection({
    ...address,
    stream: () => socket,
    connectTimeout: settings.connectTimeout,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    supportBigNumbers: true,
    jsonStrings: true,
    rowsAsArray: true,
    maxPreparedStatements: MAX_PREPARED,
    // Servers must not be able to ask for files of this machine.
    flags: ['-LOCAL_FILES'],
    ...(ssl && { ssl: { ...ssl, rejectUnauthorized: true, verifyIdentity: true } }),
  })
  try {
    await connected(connection)
  } catch (error) {
    socket.destroy()
    throw connectionFailed(place, error)
  }
  return createSession({ connection, socket, types: mysql2.TypedParameter })
}

function connected(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.on('error', reject)
    connection.once('connect', () => resolve())
  })
}

/** Asks the server what it is. */
export async function identify(session: Session, place: string): Promise<Server> {
  const { rows } = await session.run(facts, [])
  const [version, maxPacket] = rows[0] ?? []
  const snapshots = await session.run(snapshotVariable, [])
  return identifyServer(place, {
    version: String(version),
    maxPacket: Number(maxPacket),
    snapshots: snapshots.rows.length > 0,
  })
}

const facts: Statement = {
  sql: 'SELECT VERSION(), @@max_allowed_packet',
  returns: true,
  summary: 'identify server',
}

const snapshotVariable: Statement = {
  sql: "SHOW VARIABLES LIKE 'innodb_snapshot_isolation'",
  returns: true,
  summary: 'identify server',
}

/** Makes the session one in which all servers, however configured, answer alike. */
export async function setUp(session: Session, server: Server, settings: Settings): Promise<void> {
  session.maxPacket = server.maxPacket
  const variables = [
    `sql_mode = '${SQL_MODE}'`,
    "time_zone = '+00:00'",
    `innodb_lock_wait_timeout = ${Math.max(1, Math.ceil(settings.timeout / 1000))}`,
    statementLimit(server, settings.statementTimeout),
    // Repeatable read as in PostgreSQL: a row that was changed since ends the transaction.
    ...(server.snapshots ? ['innodb_snapshot_isolation = ON'] : []),
  ]
  await Promise.all([
    session.exec(`SET NAMES utf8mb4 COLLATE ${server.collation}`),
    session.exec(`SET ${variables.map((variable) => `SESSION ${variable}`).join(', ')}`),
    session.exec(`SET SESSION TRANSACTION ISOLATION LEVEL ${DEFAULT_ISOLATION.toUpperCase()}`),
  ])
}

// What does not fit a column is an error instead of being cut, and a backslash in a literal is one.
const SQL_MODE = [
  'STRICT_ALL_TABLES',
  'NO_ENGINE_SUBSTITUTION',
  'NO_ZERO_DATE',
  'NO_ZERO_IN_DATE',
  'ERROR_FOR_DIVISION_BY_ZERO',
  'ONLY_FULL_GROUP_BY',
  'NO_BACKSLASH_ESCAPES',
].join(',')
