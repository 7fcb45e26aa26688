/**
 * Serves an app on Node with nothing but `node:http`: graceful shutdown, limits against slow and
 * hostile clients, and trusted proxies.
 *
 * Import from `plinth/node`.
 *
 * @module plinth/node
 */
export type { Server } from '../options.ts'
export type { ShedOptions } from './load.ts'
export { type NodeServeOptions as ServeOptions, serve } from './serve.ts'
