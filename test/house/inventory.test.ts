import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { manifest, root } from '../../scripts/doors.ts'

interface Component {
  readonly name: string
  readonly version: string
  readonly hashes?: readonly { readonly alg: string }[]
}

it('[ASVS 15.1.2] the inventory of npm names every package by its hash', () => {
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx']
  const written = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
  const { components }: { components: Component[] } = JSON.parse(written)
  const names = components.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)))
  expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.devDependencies)))
  const unknown = components.filter(({ hashes }) => hashes?.[0]?.alg !== 'SHA-512')
  expect(unknown).toEqual([])
})
