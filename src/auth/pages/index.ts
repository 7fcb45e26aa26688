/**
 * Pages of accounts, for a front door on day one: sign-in, sign-up, reset, second factors, sessions.
 *
 * Import from `plinth/auth/pages`.
 *
 * @module plinth/auth/pages
 */
export { pages } from './pages.ts'
export type { FooterLink, PagePath, PagesOptions } from './settings.ts'
