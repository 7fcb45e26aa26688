/**
 * A page that shows what happens in a back end while it happens, served by the back end itself.
 *
 * Import from `plinth/monitor/dashboard`.
 *
 * @module plinth/monitor/dashboard
 */
export { type DashboardOptions, dashboard } from './dashboard.ts'
export type { StoreOptions } from './store/store.ts'
