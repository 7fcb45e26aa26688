import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

/** Gzipped kilobytes (of 1,000 bytes) of what a bundle consists of. */
export interface BundleSize {
  /** What is loaded at start: the entry, and what it imports without being asked. */
  readonly start: number
  /** That, and what is imported when it is needed. */
  readonly whole: number
  /** The largest modules, for people. */
  readonly largest: readonly string[]
}

/** Bundles an entry as a Worker is: minified, for the platform's conditions, drivers left out. */
export async function bundle(entry: URL): Promise<BundleSize> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(entry)],
    absWorkingDir: fileURLToPath(new URL('../../', import.meta.url)),
    outdir: 'bundle',
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'import'],
    define: { 'process.env.NODE_ENV': '"production"' },
    // Both sides speak to the same driver, which is no part of what is compared.
    external: ['node:*', 'cloudflare:*', ...builtinModules, 'pg', 'pg-native', 'pg-cursor'],
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  const sizes = new Map(
    outputFiles.map(({ path, contents }) => [
      path.slice(path.lastIndexOf('/') + 1),
      gzipSync(contents, { level: 9 }).length / 1000,
    ]),
  )
  const sum = (names: Iterable<string>): number =>
    [...names].reduce((total, name) => total + (sizes.get(name) ?? 0), 0)
  return { start: sum(startOf(metafile)), whole: sum(sizes.keys()), largest: largestOf(metafile) }
}

/** The files that are loaded at start. */
function startOf({ outputs }: Metafile): Set<string> {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint !== undefined)
  const found = new Set<string>()
  const visit = (path: string): void => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (found.has(name)) return
    found.add(name)
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) visit(next)
    }
  }
  visit(entry ?? '')
  return found
}

function largestOf({ outputs }: Metafile): string[] {
  const parts = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))
  return parts
    .toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 12)
    .map(([path, { bytesInOutput }]) => `${(bytesInOutput / 1000).toFixed(1)} KB ${path}`)
}
