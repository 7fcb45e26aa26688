import type pg from 'pg'
import { misuse } from '../../../kernel/index.ts'

export type Package = typeof pg

/** Loads the package that speaks to PostgreSQL, or says what is missing. */
export async function loadPg(place: string): Promise<Package> {
  try {
    // CommonJS: its members stand on the default export, on every runtime.
    return (await import('pg')).default
  } catch (cause) {
    throw misuse(place, 'the package pg is not installed; install it: npm install pg', cause)
  }
}
