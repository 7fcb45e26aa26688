import type { RateLimitDecision, RateLimitStore } from '../http/index.ts'
import { assertKnown, misuse } from '../kernel/index.ts'
import { SCRIPT } from './script.ts'

/** What the store needs of a client of the package `redis`: one that is connected. */
export interface RedisClient {
  eval(script: string, options: ScriptArguments): Promise<unknown>
  evalSha(sha1: string, options: ScriptArguments): Promise<unknown>
}

interface ScriptArguments {
  keys: string[]
  arguments: string[]
}

export interface RedisStoreOptions {
  /** Begins the names of its keys. Default `plinth:limit:`. */
  readonly prefix?: string
  /** Milliseconds that Redis may take to answer, before it counts as down. Default 1,000. */
  readonly timeout?: number
}

/**
 * Creates a store that counts in Redis 6 or later, together with all other processes that do. Each take
 * is one script, decided and counted in one step, by the app's clock; keys expire by themselves.
 *
 * The client is connected and closed by whoever made it. Keys hold ids of actors and addresses, and
 * digests of headers. A cluster may hold them on any of its nodes.
 *
 * ```ts
 * import { rateLimit } from 'plinth/http'
 * import { redisStore } from 'plinth/redis'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: 'redis://127.0.0.1:6379' })
 * await client.connect()
 *
 * export const limit = rateLimit({ limit: 100, window: 60_000, store: redisStore(client) })
 * ```
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RateLimitStore {
  assertKnown('redisStore()', options, ['prefix', 'timeout'])
  const { prefix = 'plinth:limit:', timeout = 1_000 } = options
  if (typeof client?.evalSha !== 'function' || typeof client.eval !== 'function') {
    throw misuse(
      'redisStore()',
      'expected a client of the package "redis", as createClient() makes',
    )
  }
  const digest = sha1(SCRIPT)

  return {
    async take(key, cost, { algorithm, limit, window }, now) {
      const numbers = [limit, window, cost, now].map(String)
      const call = { keys: [prefix + key], arguments: [algorithm, ...numbers] }
      return toDecision(await within(timeout, run(call)))
    },
  }

  async function run(call: ScriptArguments): Promise<unknown> {
    const sha = await digest
    try {
      return await client.evalSha(sha, call)
    } catch (error) {
      // Redis forgets scripts when it is restarted; running one makes it known again.
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
        return client.eval(SCRIPT, call)
      }
      throw error
    }
  }
}

function toDecision(answer: unknown): RateLimitDecision {
  const [allowed, remaining, wait, reset] = (answer as unknown[]).map(Number)
  return {
    allowed: allowed === 1,
    remaining: remaining ?? 0,
    wait: wait ?? 0,
    reset: reset ?? 0,
  }
}

async function within(delay: number, work: Promise<unknown>): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () => reject(new Error(`Redis gave no answer within ${delay} ms`))
  const timer = setTimeout(late, delay)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** The name under which Redis knows a script. */
async function sha1(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
