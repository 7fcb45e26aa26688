import { randomUUID } from 'node:crypto'
import { apiTables, databaseStore } from 'plinth/api'
import { type Database, type DataSource, open } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { memoryStore, type RateLimitStore } from 'plinth/http'
import { redisStore } from 'plinth/redis'
import { createClient, type RedisClientType } from 'redis'
import { databases } from '../shop/databases.ts'

export const redisUrl: string = process.env['PLINTH_REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** Stores that count together, as those of so many processes do. */
export interface OpenStores {
  readonly stores: readonly [RateLimitStore, RateLimitStore, RateLimitStore]
  close(): Promise<void>
}

export interface StoreKind {
  readonly name: string
  readonly available: boolean
  open(): Promise<OpenStores>
}

export const storeKinds: readonly StoreKind[] = [
  {
    name: 'memory',
    available: true,
    async open() {
      const store = memoryStore()
      return { stores: [store, store, store], close: async () => {} }
    },
  },
  ...databases.map(({ name, fresh }) => ({
    name,
    available: true,
    async open() {
      const { address, drop } = await fresh()
      const databases = [await openOne(address), await openOne(address), await openOne(address)]
      return {
        stores: databases.map(databaseStore) as unknown as OpenStores['stores'],
        async close() {
          for (const database of databases) await database.close()
          await drop()
        },
      }
    },
  })),
  {
    name: 'Redis',
    available: await hasRedis(),
    async open() {
      const prefix = `test:${randomUUID()}:`
      const clients = [await connectRedis(), await connectRedis(), await connectRedis()]
      return {
        stores: clients.map((client) =>
          redisStore(client, { prefix }),
        ) as unknown as OpenStores['stores'],
        async close() {
          for (const client of clients) await client.close()
        },
      }
    },
  },
]

/** A client of the Redis that tests may use. */
export async function connectRedis(): Promise<RedisClientType> {
  const client: RedisClientType = createClient({ url: redisUrl })
  await client.connect()
  return client
}

async function openOne(address: string): Promise<Database> {
  const database = await open(sourceOf(address), { tables: apiTables })
  await database.migrate()
  return database
}

function sourceOf(address: string): DataSource {
  if (address.startsWith('postgres:')) return postgres(address, [])
  return address.startsWith('mysql:') ? mysql(address, []) : sqlite(address, [])
}

async function hasRedis(): Promise<boolean> {
  const client = createClient({ url: redisUrl, socket: { reconnectStrategy: false } })
  client.on('error', () => {})
  try {
    await client.connect()
    client.destroy()
    return true
  } catch (error) {
    if (process.env['PLINTH_REQUIRE'] === 'all') throw error
    return false
  }
}
