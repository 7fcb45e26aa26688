import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'

interface Service {
  name: string
  url: string
  /** What the client sends first; a server that speaks first is sent nothing. */
  greeting: Uint8Array
  /** What only a server of this kind answers. */
  answer: RegExp
}

const postgresSslRequest = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f)

const services: Service[] = [
  {
    name: 'PostgreSQL',
    url: process.env['PLINTH_POSTGRES_URL'] ?? 'postgres://plinth:plinth@127.0.0.1:5432/plinth',
    greeting: postgresSslRequest,
    answer: /^[SN]$/,
  },
  {
    name: 'MariaDB',
    url: process.env['PLINTH_MYSQL_URL'] ?? 'mysql://plinth:plinth@127.0.0.1:3306/plinth',
    greeting: Uint8Array.of(),
    // A packet's header, the protocol's version (10, a line feed) and the server's version.
    answer: /^[\s\S]{4}\n\d+\.\d+/,
  },
  {
    name: 'Redis',
    url: process.env['PLINTH_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
    greeting: Buffer.from('PING\r\n'),
    answer: /^(\+PONG|-NOAUTH)/,
  },
  {
    name: 'NATS',
    url: process.env['PLINTH_NATS_URL'] ?? 'nats://127.0.0.1:4222',
    greeting: Uint8Array.of(),
    answer: /^INFO \{/,
  },
]

const defaultPorts: Record<string, number> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'mysql:': 3306,
  'mariadb:': 3306,
  'redis:': 6379,
  'nats:': 4222,
}

describe('the servers that a full run needs', () => {
  it.for(services)('$name speaks its protocol', async (service, { skip }) => {
    const { socket, url } = await reach(service)
    if (socket === undefined) {
      // Nobody has to install four servers to run the tests; a full run asks for all of them.
      if (process.env['PLINTH_REQUIRE'] !== 'all') skip(`${service.name} is not running`)
      throw new Error(`${service.name} does not answer at ${url.host}: run scripts/services`)
    }
    socket.write(service.greeting)
    expect(await firstBytes(socket)).toMatch(service.answer)
  })
})

async function reach(service: Service): Promise<{ url: URL; socket: Socket | undefined }> {
  const url = new URL(service.url)
  const socket = connect(Number(url.port) || (defaultPorts[url.protocol] ?? 0), url.hostname)
  return new Promise((resolve) => {
    socket.once('connect', () => resolve({ url, socket }))
    socket.once('error', () => resolve({ url, socket: undefined }))
  })
}

function firstBytes(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The server hung up without a word')))
    socket.once('data', (chunk) => {
      resolve(chunk.toString('latin1'))
      socket.destroy()
    })
  })
}
