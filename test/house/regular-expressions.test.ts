import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { root } from '../../scripts/doors.ts'

const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(`${root}src/${file}`, 'utf8') }))

/** A literal: where no value can stand, so that a slash divides nothing. */
const LITERAL =
  /(?<=[(,=:[!&|?{};\n]\s*)\/(?![*/])((?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuvy]*)/g

const expressions = files.flatMap(({ file, text }) =>
  [...text.replaceAll(/^ *(?:\*|\/\*\*|\/\/).*$/gm, '').matchAll(LITERAL)].flatMap(
    ([, source = '', flags = '']) => {
      const pattern = parse(source, flags)
      return pattern ? [{ name: `/${source}/${flags} of ${file}`, pattern }] : []
    },
  ),
)

it('finds the regular expressions of the sources', () => {
  expect(expressions.length).toBeGreaterThan(90)
})

it('[ASVS 1.3.12] reads hostile text in linear time by every expression', () => {
  expect(expressions.flatMap(({ name, pattern }) => slowest(pattern, name))).toEqual([])
}, 120_000)

const LENGTH = 8_192
/** Microseconds below which nothing is slow: what takes quadratic time takes many times as much. */
const QUICK = 10_000

function parse(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

/** The first text, repeated, that takes more than twice the time when it is twice as long. */
function slowest(pattern: RegExp, name: string): string[] {
  for (const [prefix, pump, end] of attacks(pattern)) {
    const make = (length: number) => prefix + pump.repeat(length / pump.length) + end
    if (costOf(pattern, make(LENGTH)) < QUICK) continue
    const once = leastCost(pattern, make(LENGTH))
    const twice = leastCost(pattern, make(LENGTH * 2))
    if (twice > QUICK && twice > 3 * once) {
      return [`${name}: ${JSON.stringify([prefix, pump, end])}`]
    }
  }
  return []
}

const CHARACTERS = [...'a0 \t.,;:"\'\\/%=-@+([{<&\n\0é']
const PAIRS = [
  'a.',
  'a,',
  'a ',
  ', ',
  '; ',
  ' \t',
  'a=',
  '\\"',
  '\\\\',
  '":',
  '/.',
  '%4',
  ':0',
  'a-',
]

/** What may be repeated, before what the expression cannot match, and after words that it looks for. */
function* attacks({ source }: RegExp): Generator<[prefix: string, pump: string, end: string]> {
  const words = [...source.matchAll(/[\w:;=/"-]{2,}/g)].map(([word]) => word)
  const prefixes = new Set(['', 'a', '"', ';', '/', '-', 'a=', ...words, words.join('')])
  for (const pump of [...CHARACTERS, ...PAIRS, ...words]) {
    for (const prefix of prefixes) {
      yield [prefix, pump, '']
      yield [prefix, pump, '\u0001']
    }
  }
}

function leastCost(pattern: RegExp, text: string): number {
  return Math.min(...Array.from({ length: 3 }, () => costOf(pattern, text)))
}

/** Microseconds of processor time to find all that matches. */
function costOf(pattern: RegExp, text: string): number {
  pattern.lastIndex = 0
  const before = process.threadCpuUsage()
  if (pattern.global) text.replace(pattern, '')
  else pattern.test(text)
  const { user, system } = process.threadCpuUsage(before)
  return user + system
}
