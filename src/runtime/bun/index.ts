/**
 * Serves an app on Bun: graceful shutdown, limits and trusted proxies as on Node.
 *
 * Import from `plinth/bun`.
 *
 * @module plinth/bun
 */
export type { ServeOptions, Server } from '../options.ts'
export { serve } from './serve.ts'
