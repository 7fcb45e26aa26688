/**
 * Serves an app on Cloudflare Workers and other places that run `workerd`.
 *
 * Import from `plinth/workers`.
 *
 * @module plinth/workers
 */
export { serve, type Worker, type WorkerContext, type WorkerOptions } from './serve.ts'
