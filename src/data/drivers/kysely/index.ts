/**
 * The way out of the query language: Kysely on the transaction that is running, outside all policies.
 *
 * Import from `plinth/data/kysely`.
 *
 * @module plinth/data/kysely
 */

export { type DatabaseOf, type KyselyOptions, kysely } from './kysely.ts'
