/** What a store does to the structure of its database. */
export { applyFiles } from './apply.ts'
export { statusOf } from './files.ts'
export { plan } from './plan.ts'
export { migrateToCode } from './run.ts'
