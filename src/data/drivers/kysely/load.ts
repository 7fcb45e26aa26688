import { misuse } from '../../../kernel/index.ts'

export type Package = typeof import('kysely')

/** Loads the package, or says how to install it. */
export async function loadKysely(place: string): Promise<Package> {
  try {
    return await import('kysely')
  } catch (cause) {
    throw misuse(
      place,
      'the package kysely is not installed; install it: npm install kysely',
      cause,
    )
  }
}
