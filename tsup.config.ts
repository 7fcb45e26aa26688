import { defineConfig } from 'tsup'
import { doors, manifest, programs } from './scripts/doors.ts'

export default defineConfig({
  entry: Object.fromEntries([...doors, ...programs].map(({ entry, source }) => [entry, source])),
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  splitting: true,
  sourcemap: true,
  metafile: true,
  silent: true,
  // Deno and workerd know the built-in modules of Node by their full names only.
  removeNodeProtocol: false,
  external: [
    /^node:/,
    /^bun(:|$)/,
    /^cloudflare:/,
    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
  ],
  esbuildOptions(options) {
    options.mainFields = ['module', 'main']
    options.chunkNames = 'chunks/[name]-[hash]'
  },
})
