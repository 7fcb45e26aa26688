/**
 * PostgreSQL as the store, through the package `pg`: a pool, prepared statements, transactions of few
 * round trips.
 *
 * Import from `plinth/data/postgres`.
 *
 * @module plinth/data/postgres
 */

export type { PostgresOptions, PostgresTarget } from './options.ts'
export { postgres } from './source.ts'
