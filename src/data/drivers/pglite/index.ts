/**
 * PostgreSQL inside the process, as PGlite: for tests, tools and development.
 *
 * Import from `plinth/data/pglite`.
 *
 * @module plinth/data/pglite
 */

export type { PgliteOptions } from './options.ts'
export { pglite } from './source.ts'
