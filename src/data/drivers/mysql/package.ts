import type * as mysql2 from 'mysql2'
import { misuse } from '../../../kernel/index.ts'

/** The package that speaks to the server. */
export type Package = typeof mysql2

/** Loads the package, or says how to install it. */
export async function loadPackage(): Promise<Package> {
  try {
    // Some of what it exports is only found in the default that its types do not tell of.
    const loaded: unknown = await import('mysql2')
    return (loaded as { readonly default: Package }).default
  } catch (cause) {
    throw misuse(
      'mysql()',
      'the package mysql2 is not installed; install it: npm install mysql2',
      cause,
    )
  }
}
