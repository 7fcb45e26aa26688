/**
 * What a hundred related tables, and queries on each of them, cost the compiler: the time it takes to
 * check them from nothing, its memory, and how many types it instantiates. Every side declares the
 * same columns, asks the same, and holds the same claims about what was inferred.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alternate } from '../harness/rounds.ts'
import type { BenchOptions, Comparison, Suite } from '../harness/suite.ts'
import { check, type Diagnostics, writeProject } from './types/compile.ts'
import { drizzle } from './types/drizzle.ts'
import { ours } from './types/ours.ts'

export const suite: Suite = { name: 'types', run }

const sides = { ours, drizzle }

const figures = [
  { case: 'check', unit: 'ms', key: 'milliseconds' },
  { case: 'check-instantiations', unit: 'types', key: 'instantiations' },
  { case: 'check-memory', unit: 'MB', key: 'megabytes' },
] as const

async function run({ rounds, only, progress }: BenchOptions): Promise<Comparison[]> {
  // Below this package, so that what the projects import is found.
  const base = fileURLToPath(new URL('../.build/', import.meta.url))
  mkdirSync(base, { recursive: true })
  const directory = mkdtempSync(join(base, 'types-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))

  const told = new Map<string, Diagnostics[]>()
  const measured = Object.entries(sides)
    .filter(([name]) => only === undefined || only.has(name))
    .map(([name, sources]) => {
      const project = join(directory, name)
      writeProject(project, sources())
      const measure = async (): Promise<number> => {
        progress(`check ${name}`)
        const diagnostics = await check(project)
        told.get(name)?.push(diagnostics)
        return diagnostics.milliseconds
      }
      // The first run warms the file system's cache and is not counted.
      const settle = async (): Promise<void> => {
        await measure()
        told.set(name, [])
      }
      return { name, settle, measure }
    })
  const { refused } = await alternate(measured, rounds)
  for (const name of refused.keys()) told.delete(name)
  return figures.map(({ case: name, unit, key }) => ({
    case: name,
    unit,
    better: 'lower',
    sides: new Map([...told].map(([side, runs]) => [side, runs.map((run) => run[key])])),
    refused,
  }))
}
