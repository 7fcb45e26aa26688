import { parseSync, Visitor } from 'vite'
import { describe, expect, it } from 'vitest'
import { list, parse } from './modules.ts'

/** What the sources call, name, and load by a name that is no text of theirs, each with its place. */
interface Found {
  readonly calls: string[]
  readonly names: string[]
  readonly loads: string[]
}

const modules = list('src/**/*.ts').map(parse)

function find(): Found {
  const found: Found = { calls: [], names: [], loads: [] }
  for (const { path, text } of modules) {
    const at = (what: string, start: number) =>
      `${path}:${text.slice(0, start).split('\n').length} ${what}`
    const called = (callee: object, start: number) => {
      if ('name' in callee) found.calls.push(at(String(callee.name), start))
    }
    new Visitor({
      CallExpression: ({ callee, start }) => called(callee, start),
      NewExpression: ({ callee, start }) => called(callee, start),
      ImportExpression({ source, start }) {
        if (source.type !== 'Literal') found.loads.push(at('import()', start))
      },
      Identifier: ({ name, start }) => void found.names.push(at(name, start)),
    }).visit(parseSync(path, text).program)
  }
  return found
}

const { calls, names, loads } = find()
const nameOf = (found: string) => found.slice(found.indexOf(' ') + 1)

describe('the sources', () => {
  it('[ASVS 1.3.2] evaluate no code at run time', () => {
    expect(calls.length).toBeGreaterThan(1_000)
    expect(calls.filter((call) => /^(?:eval|Function)$/.test(nameOf(call)))).toEqual([])
    const runners = /^node:(?:vm|child_process|module|repl|inspector)$/
    const loading = modules.flatMap(({ path, imports }) =>
      imports.filter(({ specifier }) => runners.test(specifier)).map(() => path),
    )
    expect(loading).toEqual([])
  })

  it('[ASVS 5.3.1] load no code by a name that is made at run time', () => {
    // Programs and drivers load what the team has named; what answers requests never does.
    const made = loads.filter((load) => !/^src\/(?:cli|data\/drivers)\//.test(load))
    expect(made).toEqual([])
  })

  it('[ASVS 13.4.2] know no mode of debugging or tests, and read that of development in one place', () => {
    const modes = /\b(?:VITEST|JEST_WORKER_ID|NODE_DEBUG|DEBUG)\b/
    expect(modules.filter(({ text }) => modes.test(text)).map(({ path }) => path)).toEqual([])
    const reads = /(?:\.|\[['"`])NODE_ENV\b/
    expect(modules.filter(({ text }) => reads.test(text)).map(({ path }) => path)).toEqual([
      'src/kernel/config.ts',
    ])
  })

  it('[ASVS 15.4.1] share no memory between threads', () => {
    expect(names.filter((name) => /^(?:SharedArrayBuffer|Atomics)$/.test(nameOf(name)))).toEqual([])
    const threads = modules.flatMap(({ path, imports }) =>
      imports.filter(({ specifier }) => /worker_threads|cluster/.test(specifier)).map(() => path),
    )
    expect(threads).toEqual([])
  })
})
