/**
 * MySQL 8 and MariaDB as the store: pooled connections, prepared statements, transactions that are
 * repeated when the server ends them for the sake of another. Runs on mysql2.
 *
 * Import from `plinth/data/mysql`.
 *
 * @module plinth/data/mysql
 */
export type { Certificates, MysqlOptions, MysqlTarget } from './options.ts'
export { mysql } from './source.ts'
