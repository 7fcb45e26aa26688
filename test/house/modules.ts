import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseSync, Visitor } from 'vite'
import { root } from '../../scripts/doors.ts'

export interface Import {
  specifier: string
  /** Erased when the file is compiled: `import type`, or only types between the braces. */
  type: boolean
  /** Reached only when the code runs: `await import(...)`. */
  dynamic: boolean
}

export interface Module {
  /** Path from the root of the repository, with `/`. */
  path: string
  text: string
  imports: Import[]
  exports: { name: string; type: boolean }[]
  /** Kinds of the top-level statements. */
  statements: string[]
}

/** Files below the root, sorted, with `/`. */
export function list(pattern: string): string[] {
  return globSync(pattern, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}

export function parse(path: string): Module {
  const text = readFileSync(join(root, path), 'utf8')
  const { errors, module, program } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)

  const imports: Import[] = []
  for (const { moduleRequest, entries } of module.staticImports) {
    const type = entries.length > 0 && entries.every((entry) => entry.isType)
    imports.push({ specifier: moduleRequest.value, type, dynamic: false })
  }
  for (const entry of module.staticExports.flatMap((statement) => statement.entries)) {
    if (entry.moduleRequest === null) continue
    imports.push({ specifier: entry.moduleRequest.value, type: entry.isType, dynamic: false })
  }
  new Visitor({
    ImportExpression({ source }) {
      if (source.type === 'Literal' && typeof source.value === 'string')
        imports.push({ specifier: source.value, type: false, dynamic: true })
    },
    TSImportType({ source }) {
      imports.push({ specifier: String(source.value), type: true, dynamic: false })
    },
  }).visit(program)

  const exports = module.staticExports
    .flatMap((statement) => statement.entries)
    .map((entry) => ({ name: entry.exportName.name ?? '*', type: entry.isType }))
  const statements = program.body.map((statement) => statement.type)
  return { path, text, imports, exports, statements }
}

/** The file that a relative specifier names, from the root; undefined for a package or a built-in. */
export function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return relative(root, join(root, dirname(from), specifier)).replaceAll('\\', '/')
}
