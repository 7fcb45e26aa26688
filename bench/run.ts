/**
 * `npm run bench -- SUITE [--json] [--rounds N] [--quick] [--sides NAME,NAME] [--cases NAME,NAME]`
 *
 * Runs one file of `bench/suites/` and prints its report. Exits with 1 when a side was refused
 * because its answers were wrong, with 2 when it was called wrongly.
 */
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { toRow, toTable } from './harness/report.ts'
import type { Suite } from './harness/suite.ts'

const suites = readdirSync(new URL('suites/', import.meta.url))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))

// Without a handler of its own a signal ends the process before it has ended its children.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const { name, json, options } = parseCommand(process.argv.slice(2))
const { suite } = (await import(`./suites/${name}.ts`)) as { suite: Suite }
const comparisons = await suite.run(options)
const rows = comparisons.map((comparison) => toRow(suite.name, comparison))
console.log(json ? JSON.stringify(rows, null, 2) : toTable(rows))
for (const comparison of comparisons) {
  for (const [side, reason] of comparison.refused) {
    console.error(`refused ${side} in ${comparison.case}: ${reason}`)
    process.exitCode = 1
  }
}

function parseCommand(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '9' },
        sides: { type: 'string' },
        cases: { type: 'string' },
      },
    })
    const [name, ...rest] = positionals
    if (name === undefined || rest.length > 0 || !suites.includes(name)) {
      throw new TypeError(`name one suite of: ${suites.join(', ')}`)
    }
    const rounds = Number(values.rounds)
    if (!Number.isInteger(rounds) || rounds < 5) {
      throw new TypeError(`--rounds is ${values.rounds}; give a whole number from 5`)
    }
    const progress = (line: string): void => console.error(line)
    const [only, cases] = [toSet(values.sides), toSet(values.cases)]
    return {
      name,
      json: values.json,
      options: { rounds, quick: values.quick, only, cases, progress },
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}

function toSet(names: string | undefined): Set<string> | undefined {
  return names === undefined ? undefined : new Set(names.split(','))
}
