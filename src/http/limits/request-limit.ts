import type { ConcurrencyLimit } from './concurrency-limit.ts'
import type { RateLimit } from './rate-limit.ts'

/** A limit on requests: a value that operations, branches and apps carry. */
export type RequestLimit = RateLimit | ConcurrencyLimit
