/**
 * The doors of the package, read from the one table there is: `exports` in package.json.
 *
 * Sources, bundles and declarations share one layout, so a door's source follows from its bundle:
 * `./dist/kernel/index.js` is built from `src/kernel/index.ts`.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Door {
  /** How a user imports it: `plinth/kernel`. */
  specifier: string
  /** Path of the bundle below `dist`, without extension: `kernel/index`. */
  entry: string
  /** Path of the source from the root: `src/kernel/index.ts`. */
  source: string
}

export const root: string = fileURLToPath(new URL('..', import.meta.url))

export const manifest: {
  name: string
  version: string
  bin: Record<string, string>
  exports: Record<string, string | { types: string; default: string }>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  peerDependencies: Record<string, string>
  peerDependenciesMeta: Record<string, { optional?: boolean }>
} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

export const doors: Door[] = Object.entries(manifest.exports).flatMap(([key, target]) => {
  if (typeof target === 'string') return []
  return { specifier: manifest.name + key.slice(1), ...sourceOf(target.default) }
})

/** The programs that `npx` runs: the sources of `bin`. */
export const programs: Omit<Door, 'specifier'>[] = Object.values(manifest.bin).map(sourceOf)

function sourceOf(bundle: string): Omit<Door, 'specifier'> {
  const entry = bundle.replace(/^\.\/dist\//, '').replace(/\.js$/, '')
  return { entry, source: `src/${entry}.ts` }
}
