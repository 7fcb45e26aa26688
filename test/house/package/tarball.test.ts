import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, inject, it } from 'vitest'
import { doors, manifest, root } from '../../../scripts/doors.ts'

const tarball = inject('tarball')

describe('the packed package', () => {
  it('has no complaint from publint', async () => {
    const bytes = readFileSync(tarball)
    const { messages, pkg } = await publint({
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
      strict: true,
    })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  it('has types that resolve at every door', () => {
    const { stdout, status } = spawnSync(
      'attw',
      [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'],
      { cwd: root, encoding: 'utf8' },
    )
    expect(status, stdout).toBe(0)
    for (const { specifier } of doors) expect(stdout).toContain(`"${specifier}"`)
  })

  it('holds what it needs and nothing else', () => {
    const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n')
    const unexpected = files.filter(
      (file) =>
        !/^package\/(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(js|js\.map|d\.ts))$/.test(
          file,
        ) && file !== 'package/dist/THIRD-PARTY.txt',
    )
    expect(unexpected).toEqual([])
    expect(files).toEqual(
      expect.arrayContaining([
        'package/README.md',
        'package/LICENSE',
        'package/CHANGELOG.md',
        'package/dist/THIRD-PARTY.txt',
        ...doors.flatMap(({ entry }) => [`package/dist/${entry}.js`, `package/dist/${entry}.d.ts`]),
      ]),
    )
  })

  it('carries the licence of everything it bundles', () => {
    const notices = readFileSync(`${root}dist/THIRD-PARTY.txt`, 'utf8')
    for (const name of bundledPackages()) {
      expect(notices).toContain(`${name} `)
      expect(Object.keys(manifest.dependencies)).not.toContain(name)
    }
    expect(notices).toContain('Permission is hereby granted')
  })
})

/** Packages whose code is in the bundles, as the source maps tell. */
function bundledPackages(): string[] {
  const maps = execFileSync('tar', ['-xzOf', tarball, '--wildcards', '*.js.map'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const names = maps.matchAll(/node_modules\/((?:@[^/"]+\/)?[^/"]+)\//g)
  return [...new Set([...names].map(([, name = '']) => name))]
}
