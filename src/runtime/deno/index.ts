/**
 * Serves an app on Deno: graceful shutdown, limits and trusted proxies as on Node.
 *
 * Import from `plinth/deno`.
 *
 * @module plinth/deno
 */
export type { ServeOptions, Server } from '../options.ts'
export { serve } from './serve.ts'
