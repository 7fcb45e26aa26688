import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { doors, manifest, root } from '../../scripts/doors.ts'
import { list } from './modules.ts'

describe('the manifest', () => {
  it('depends on hono, jose and valibot alone', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['hono', 'jose', 'valibot'])
  })

  it('asks for drivers as optional peers', () => {
    expect(manifest.peerDependenciesMeta).toEqual(
      Object.fromEntries(
        Object.keys(manifest.peerDependencies).map((name) => [name, { optional: true }]),
      ),
    )
  })

  it('names types before code at every door', () => {
    for (const target of Object.values(manifest.exports))
      if (typeof target !== 'string') expect(Object.keys(target)).toEqual(['types', 'default'])
  })

  it('agrees with the paths that the type check uses', () => {
    const { compilerOptions } = readJson('tsconfig.json')
    expect(compilerOptions.paths).toEqual(
      Object.fromEntries(doors.map(({ specifier, source }) => [specifier, [`./${source}`]])),
    )
  })

  it.each(['.', ...ownPackages()])('is locked in %s without naming a registry', (folder) => {
    const { packages } = readJson(`${folder}/package-lock.json`)
    const resolved = Object.values(packages).filter((entry) => entry.resolved !== undefined)
    expect(resolved).toEqual([])
    expect(Object.keys(packages).length).toBeGreaterThan(1)
  })

  it.each(['.', 'test/runtimes'])('is locked in %s so that npm 10 compiles nothing', (folder) => {
    const { packages } = readJson(`${folder}/package-lock.json`)
    expect(packages['node_modules/better-sqlite3']).toMatchObject({ gypfile: false })
  })
})

describe('the files of the repository', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '')

  it('end their lines with LF', () => {
    const wrong = files.filter((path) => read(path).includes('\r\n'))
    expect(wrong).toEqual([])
  })

  it('have names in kebab-case', () => {
    const conventional = /^(README|LICENSE|CHANGELOG|CONTRIBUTING|SECURITY|CODE_OF_CONDUCT)(\.md)?$/
    const kebab = /^\.?[a-z0-9]+([-.][a-z0-9]+)*$/
    const wrong = files
      .flatMap((path) => path.split('/').map((part) => ({ part, path })))
      .filter(({ part }) => !kebab.test(part) && !conventional.test(part))
      .map(({ path }) => path)
    expect(wrong).toEqual([])
  })
})

/** Folders with a package of their own. */
function ownPackages(): string[] {
  return list('{bench,test/*}/package.json').map((path) => path.replace('/package.json', ''))
}

interface Json {
  compilerOptions: { paths: Record<string, string[]> }
  packages: Record<string, { resolved?: string; gypfile?: boolean }>
}

function readJson(path: string): Json {
  return JSON.parse(read(path))
}

function read(path: string): string {
  return readFileSync(`${root}/${path}`, 'utf8')
}
