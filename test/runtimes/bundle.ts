/** Makes plain JavaScript of the suites: not every runtime reads TypeScript. */

import { writeFileSync } from 'node:fs'
import { type BuildOptions, build, type Plugin } from 'esbuild'

const conformance = `${import.meta.dirname}/../conformance`

/** Writes the entries that the runtimes start, importing these suites. */
export function writeEntries(folder: string, files: string[]): void {
  const imports = files.map(
    (file, index) => `import { suite as s${index} } from '${conformance}/${file}'`,
  )
  const names = files.map((_, index) => `s${index}`)
  writeFileSync(
    `${folder}/suites.ts`,
    `${imports.join('\n')}\nexport const suites = [${names.join(', ')}]\n`,
  )
  writeFileSync(`${folder}/main.ts`, mainEntry)
  writeFileSync(`${folder}/worker.ts`, workerEntry)
  writeFileSync(`${folder}/server.ts`, serverEntry)
  writeFileSync(`${folder}/wire-worker.ts`, wireWorkerEntry)
  writeFileSync(`${folder}/exporting.ts`, exportingEntry)
}

const mainEntry = `
import { run } from '${conformance}/main.ts'
import { suites } from './suites.ts'
let failed = false
for await (const outcome of run(suites)) {
  failed ||= outcome.error !== undefined
  console.log(JSON.stringify(outcome))
}
process.exit(failed ? 1 : 0)
`

const workerEntry = `
import { run } from '${conformance}/main.ts'
import { suites } from './suites.ts'
export default {
  async fetch() {
    const outcomes = []
    for await (const outcome of run(suites)) outcomes.push(outcome)
    return Response.json(outcomes)
  },
}
`

/** What answers the suite over HTTP. */
const serverEntry = `
import { serveBoth } from '${conformance}/wire/app/serve-both.ts'
const { ports } = await serveBoth()
console.log(JSON.stringify(ports))
`

const wireWorkerEntry = `export { worker as default } from '${conformance}/wire/app/worker.ts'`

const exportingEntry = `export { worker as default } from '${conformance}/exporting/worker.ts'`

const EMBEDDED = ['better-sqlite3', '@electric-sql/pglite', 'bun:sqlite']

/** Bundles entries; packages stay outside, except for a worker, which has to be one file. */
export async function bundle(
  folder: string,
  names: ('suites' | 'main' | 'server')[] | ('worker' | 'wire-worker' | 'exporting')[],
): Promise<void> {
  const worker: BuildOptions = {
    platform: 'browser',
    // The drivers of databases are loaded by nobody there, and by names that need Node.
    external: ['node:*', 'cloudflare:*', 'mysql2', 'mysql2/*', 'pg', 'pg-*', ...EMBEDDED],
    conditions: ['workerd', 'worker'],
    plugins: [installedPackage],
  }
  await build({
    entryPoints: names.map((name) => `${folder}/${name}.ts`),
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2023',
    logLevel: 'error',
    ...(names[0] === 'suites' ? { platform: 'node', packages: 'external' } : worker),
  })
}

/** Finds the package where it is installed, not in the repository around it. */
const installedPackage: Plugin = {
  name: 'installed-package',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^plinth(\/|$)/ }, ({ path, kind, pluginData }) => {
      if (pluginData === 'installed') return undefined
      return resolve(path, { kind, resolveDir: import.meta.dirname, pluginData: 'installed' })
    })
  },
}
