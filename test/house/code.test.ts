import { parseSync, Visitor } from 'vite'
import { describe, expect, it } from 'vitest'
import { list, parse } from './modules.ts'

/** What the sources call and name, each with its place. */
interface Found {
  readonly calls: string[]
  readonly names: string[]
}

const modules = list('src/**/*.ts').map(parse)

function find(): Found {
  const found: Found = { calls: [], names: [] }
  for (const { path, text } of modules) {
    const at = (what: string, start: number) =>
      `${path}:${text.slice(0, start).split('\n').length} ${what}`
    const called = (callee: object, start: number) => {
      if ('name' in callee) found.calls.push(at(String(callee.name), start))
    }
    new Visitor({
      CallExpression: ({ callee, start }) => called(callee, start),
      NewExpression: ({ callee, start }) => called(callee, start),
      Identifier: ({ name, start }) => void found.names.push(at(name, start)),
    }).visit(parseSync(path, text).program)
  }
  return found
}

const { calls, names } = find()
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

  it('[ASVS 13.4.2] know no mode of debugging, development or tests', () => {
    const modes = /\b(?:NODE_ENV|VITEST|JEST_WORKER_ID|NODE_DEBUG|DEBUG)\b/
    expect(modules.filter(({ text }) => modes.test(text)).map(({ path }) => path)).toEqual([])
  })

  it('[ASVS 15.4.1] share no memory between threads', () => {
    expect(names.filter((name) => /^(?:SharedArrayBuffer|Atomics)$/.test(nameOf(name)))).toEqual([])
    const threads = modules.flatMap(({ path, imports }) =>
      imports.filter(({ specifier }) => /worker_threads|cluster/.test(specifier)).map(() => path),
    )
    expect(threads).toEqual([])
  })
})
