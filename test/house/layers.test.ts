import { describe, expect, it } from 'vitest'
import { doors } from '../../scripts/doors.ts'
import { list, type Module, parse, resolve } from './modules.ts'

/** What each folder of `src` may import, besides itself. */
const mayImport: Record<string, string[]> = {
  kernel: [],
  data: ['kernel'],
  http: ['kernel'],
  auth: ['kernel', 'data', 'http'],
  api: ['kernel', 'data', 'http'],
  audit: ['kernel', 'data', 'http'],
  monitor: ['kernel', 'http'],
  redis: ['kernel', 'http'],
  smtp: ['kernel'],
  runtime: ['kernel', 'http'],
  testing: ['kernel', 'data', 'http', 'auth', 'api'],
  cli: ['kernel', 'data', 'api', 'audit', ''],
  '': ['kernel', 'data', 'http', 'auth', 'api', 'audit', 'monitor'],
}

/** The only places that may know which runtime they are on. */
const platformFolders = ['src/cli/', 'src/data/drivers/', 'src/runtime/', 'src/testing/']

const modules = list('src/**/*.ts').map(parse)
const doorPaths = new Set([
  ...Object.keys(mayImport).map((folder) => `src/${folder}/index.ts`),
  ...doors.map((door) => door.source),
])

describe('the layers of src', () => {
  it('names the layer of every folder', () => {
    const unknown = modules.filter(({ path }) => mayImport[folderOf(path)] === undefined)
    expect(unknown.map(({ path }) => path)).toEqual([])
  })

  it('imports point one way', () => {
    const wrong = crossings().filter(({ from, to }) => {
      return mayImport[folderOf(from.path)]?.includes(folderOf(to)) !== true
    })
    expect(wrong.map(describeCrossing)).toEqual([])
  })

  it('imports another folder by its door only', () => {
    const wrong = crossings().filter(({ to }) => !doorPaths.has(to))
    expect(wrong.map(describeCrossing)).toEqual([])
  })

  it('imports files that exist, by their full names', () => {
    const paths = new Set(modules.map(({ path }) => path))
    const wrong = edges().filter(({ to }) => !paths.has(to))
    expect(wrong.map(describeCrossing)).toEqual([])
  })

  it('has no circle of imports', () => {
    expect(findCircle()).toEqual([])
  })

  it('keeps built-in modules of a runtime out of the core', () => {
    const wrong = modules
      .filter(({ path }) => !platformFolders.some((folder) => path.startsWith(folder)))
      .flatMap(({ path, imports }) => imports.map(({ specifier }) => `${path} -> ${specifier}`))
      .filter((line) => /-> (node|bun|cloudflare|jsr|npm):/.test(line))
    expect(wrong).toEqual([])
  })

  it('never imports the package by its own name', () => {
    const wrong = modules.filter(({ imports }) =>
      imports.some(({ specifier }) => /^plinth(\/|$)/.test(specifier)),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})

describe('the doors of src', () => {
  const indexes = modules.filter(({ path }) => /^src\/.+\/index\.ts$/.test(path))

  it('exist for every key of exports', () => {
    const paths = modules.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(doors.map((door) => door.source)))
  })

  it('hold named re-exports and no logic', () => {
    const wrong = indexes.filter(
      ({ imports, exports, statements }) =>
        statements.some((kind) => kind !== 'ExportNamedDeclaration') ||
        exports.some(({ name }) => name === '*') ||
        imports.length < exports.length,
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('open with a docstring that names the import path', () => {
    const wrong = doors.filter(({ source, specifier }) => {
      const docstring = parse(source).text.match(/^\/\*\*[\s\S]*?\*\//)?.[0] ?? ''
      return !new RegExp(`['"\`]${specifier}['"\`]`).test(docstring)
    })
    expect(wrong.map(({ source, specifier }) => `${source} (${specifier})`)).toEqual([])
  })
})

interface Edge {
  from: Module
  to: string
}

function edges(): Edge[] {
  return modules.flatMap((from) =>
    from.imports.flatMap(({ specifier }) => {
      const to = resolve(from.path, specifier)
      return to === undefined ? [] : [{ from, to }]
    }),
  )
}

function crossings(): Edge[] {
  return edges().filter(({ from, to }) => folderOf(from.path) !== folderOf(to))
}

function describeCrossing({ from, to }: Edge): string {
  return `${from.path} -> ${to}`
}

/** The first folder below `src`; empty for a file that lies directly in it. */
function folderOf(path: string): string {
  return path.match(/^src\/([^/]+)\//)?.[1] ?? ''
}

/** The files of one circle, the first repeated at the end; empty when there is none. */
function findCircle(): string[] {
  const next = Map.groupBy(edges(), ({ from }) => from.path)
  const finished = new Set<string>()

  function walk(path: string, way: string[]): string[] {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path]
    if (finished.has(path)) return []
    for (const { to } of next.get(path) ?? []) {
      const circle = walk(to, [...way, path])
      if (circle.length > 0) return circle
    }
    finished.add(path)
    return []
  }

  for (const { path } of modules) {
    const circle = walk(path, [])
    if (circle.length > 0) return circle
  }
  return []
}
