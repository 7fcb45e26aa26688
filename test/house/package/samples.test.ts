import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../../scripts/doors.ts'
import { list } from '../modules.ts'

interface Sample {
  /** Where a reader finds it: `README.md:12`. */
  place: string
  /** Path of the module below the folder of samples; those of one folder's documents lie together. */
  file: string
  code: string
}

const folder = `${root}.build/samples/`

/**
 * A module each, compiled with the options that a user's strict project has. Declarations are among
 * them, as in every new project: what a sample exports must have a type that can be named.
 */
const config = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2024', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    module: 'nodenext',
    moduleDetection: 'force',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    declaration: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['**/*.ts'],
}

/** The pages of `docs/reference` repeat the docstrings, which are compiled where they stand. */
const documents = [
  ...list('*.md'),
  ...list('docs/**/*.md').filter((file) => !file.startsWith('docs/reference/')),
  ...list('examples/**/*.md'),
]
/** Types of results that users' own functions pass on without writing them down. */
const results: Sample = {
  place: 'a module that exports inferred results',
  file: 'inferred.ts',
  code: `
    import { backend } from 'plinth'
    import { resource } from 'plinth/api'
    import { auth, password, users } from 'plinth/auth'
    import { client } from 'plinth/client'
    import { id, ref, table } from 'plinth/data'
    import { sqlite } from 'plinth/data/sqlite'

    export const pets = table('pets', { id: id(), owner: ref(users) }, { policy: { read: true } })
    export const app = await backend({
      data: sqlite(':memory:', [pets]),
      auth: auth({ factors: [password()] }),
      api: { pets: resource(pets) },
    })
    const { pets: calls } = client<typeof app>('https://example.com')
    export const page = await calls.list()
    export const problem = page.status === 200 ? undefined : page
    export const row = await app.database.system.first(pets)
  `,
}

const samples = [
  results,
  ...documents.flatMap((path) => fencesIn(path, read(path))),
  ...list('src/**/*.ts').flatMap((path) => docstringsIn(path, read(path))),
]

describe('the samples of README, docs and docstrings', () => {
  let complaints: string

  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}tsconfig.json`, JSON.stringify(config))
    for (const { file, code } of samples) {
      mkdirSync(dirname(folder + file), { recursive: true })
      writeFileSync(folder + file, code)
    }
    const { stdout } = spawnSync('tsc', ['-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    })
    complaints = stdout
  })

  it('are found in the README and in docstrings', () => {
    const places = samples.map(({ place }) => place)
    expect(places).toContainEqual(expect.stringMatching(/^README\.md:/))
    expect(places).toContainEqual(expect.stringMatching(/^src\//))
  })

  it.each(samples)('$place compiles', ({ file }) => {
    const own = complaints.split('\n').filter((line) => line.startsWith(`${file}(`))
    expect(own).toEqual([])
  })

  it('bring no complaint from outside themselves', () => {
    const known = new Set(samples.map(({ file }) => file))
    const others = complaints
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^\s/.test(line))
      .filter((line) => !known.has(line.slice(0, line.indexOf('('))))
    expect(others).toEqual([])
  })
})

function read(path: string): string {
  return readFileSync(root + path, 'utf8')
}

function fencesIn(path: string, text: string, firstLine = 1): Sample[] {
  return [...text.matchAll(/^( *)```ts\b[^\n]*\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const before = text.slice(0, match.index)
    const line = firstLine + before.split('\n').length - 1
    const name = fileIntroducedBy(before) ?? `${toName(basename(path))}-line-${line}.ts`
    return {
      place: `${path}:${line}`,
      file: `${toName(dirname(path))}/${name}`,
      code: match[2] ?? '',
    }
  })
}

function toName(path: string): string {
  return path.replace(/[^a-z0-9]+/gi, '-')
}

/** A sample after `and into \`app.ts\`:` is that file, and other samples may import it. */
function fileIntroducedBy(before: string): string | undefined {
  const paragraph = before.trimEnd().split('\n\n').at(-1) ?? ''
  if (!paragraph.endsWith(':')) return undefined
  return paragraph.match(/\bin(?:to)? `([a-z0-9-]+\.ts)`/)?.[1]
}

function docstringsIn(path: string, text: string): Sample[] {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((match) => {
    const line = text.slice(0, match.index).split('\n').length
    const prose = match[0].replace(/\*\/$/, '').replace(/^\s*\/?\*+ ?/gm, '')
    return fencesIn(path, prose, line)
  })
}
