import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/doors.ts'
import { parse, resolve } from '../house/modules.ts'

const door = 'src/api/client/index.ts'

describe('the client', () => {
  it('takes at most 5 KB of a page, compressed', async () => {
    const { outputFiles } = await build({
      entryPoints: [root + door],
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2023',
      write: false,
    })
    expect(gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length).toBeLessThanOrEqual(5000)
  })

  it('reaches nothing of the server, not even its types', () => {
    const reached = new Set([door])
    for (const path of reached) {
      for (const { specifier } of parse(path).imports)
        reached.add(resolve(path, specifier) ?? specifier)
    }
    expect([...reached].filter((path) => !path.startsWith('src/api/client/'))).toEqual([])
    expect(reached.size).toBeGreaterThan(10)
  })
})
