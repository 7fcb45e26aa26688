import { parseSync, Visitor } from 'vite'
import { describe, expect, it } from 'vitest'
import { list, parse } from './modules.ts'

/** What the sources call, name and match by, each with its place. */
interface Found {
  readonly calls: string[]
  readonly names: string[]
  readonly patterns: string[]
}

const modules = list('src/**/*.ts').map(parse)

function find(): Found {
  const found: Found = { calls: [], names: [], patterns: [] }
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
      Literal(literal) {
        if ('regex' in literal) found.patterns.push(at(literal.regex.pattern, literal.start))
      },
    }).visit(parseSync(path, text).program)
  }
  return found
}

/**
 * Those that were looked at one by one, in the order of the sources: either what is repeated begins with
 * what the inner repetition cannot match, so that there is one way to match a text, or nothing follows that
 * could fail and send the matcher back.
 */
const LINEAR = [
  '(?:[^,"]|"[^"]*"?)+',
  "[Cc]olumn (?:`[^`]*`\\.)*[`']([^`']+)[`'](?: at|$| cannot)",
  String.raw`^(?:\s|;|\(|--[^\n]*\n|#[^\n]*\n|\/\*(?!M?!)[\s\S]*?\*\/)*`,
  String.raw`^(\s*--[^\n]*(\n|$))+`,
  String.raw`^[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$`,
  String.raw`^(?:(?:\/(?!\.{1,2}(?:\/|$))[!$&-.0-;=@-[\]^-~]+)+\/?|\/)$`,
  "^[!#$%&'*+.^_`|~0-9a-z-]+( ?, ?[!#$%&'*+.^_`|~0-9a-z-]+)*$",
  String.raw`^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$`,
]

const { calls, names, patterns } = find()
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

  it('[ASVS 1.3.12] match by patterns that take no exponential time', () => {
    expect(patterns.length).toBeGreaterThan(50)
    const repeating = patterns.map(nameOf).filter(repeatsRepetition)
    expect(repeating).toEqual(LINEAR)
  })
})

describe('a pattern that repeats a repetition', () => {
  it.each(['(a+)+', '(?:a*)*', '((a|b)*c?)+', '(?:a{2,})+', '(a+b?)*', '(?:[)+]+)*'])(
    'is found: %s',
    (pattern) => {
      expect(repeatsRepetition(pattern)).toBe(true)
    },
  )

  it.each(['a+b+', '(?:a+){3}', '(?:a{1,3})*', '[+*(]+', '\\(+\\)*', '(?:ab)+', '(a+)?'])(
    'is not %s',
    (pattern) => {
      expect(repeatsRepetition(pattern)).toBe(false)
    },
  )
})

/**
 * Whether a group without an end to its repetitions holds another: only such patterns can take
 * exponential time. Not every one that does does, but the others can be written without.
 */
function repeatsRepetition(pattern: string): boolean {
  const plain = pattern.replace(/\\./g, 'x').replace(/\[(?:[^\]])*\]/g, 'x')
  const open: boolean[] = []
  let inner = false
  for (const [at, char] of [...plain].entries()) {
    if (char === '(') {
      open.push(inner)
      inner = false
      continue
    }
    const endless = /^(?:[*+]|\{\d+,\})/
    if (char === ')') {
      if (inner && endless.test(plain.slice(at + 1))) return true
      inner = (open.pop() ?? false) || inner
    } else if (endless.test(plain.slice(at))) inner = true
  }
  return false
}
