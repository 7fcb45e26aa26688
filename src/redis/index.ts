/**
 * Rates counted in Redis, by all processes together.
 *
 * Import from `plinth/redis`. Needs a client of the package `redis`, version 5 or later.
 *
 * @module plinth/redis
 */
export {
  type RedisClient,
  type RedisStoreOptions,
  redisStore,
} from './redis-store.ts'
