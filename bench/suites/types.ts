/**
 * What types cost: the compiler, checking a thousand routes with a client's calls of each, or a hundred
 * related tables with queries on each, from nothing; and the editor, waiting for a completion. Every
 * side declares the same, asks the same, and holds the same claims about what was inferred.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alternate } from '../harness/rounds.ts'
import type { BenchOptions, Comparison, Suite } from '../harness/suite.ts'
import { assertMistakesFound, check, type Diagnostics, writeProject } from './types/compile.ts'
import { compareCompletion } from './types/completion.ts'
import { elysia } from './types/routes/elysia.ts'
import { hono, honoSplit } from './types/routes/hono.ts'
import { orpc } from './types/routes/orpc.ts'
import { ours as oursRoutes } from './types/routes/ours.ts'
import { project, ROUTES, type RoutesSide } from './types/routes/routes.ts'
import { trpc } from './types/routes/trpc.ts'
import { drizzle } from './types/tables/drizzle.ts'
import { ours as oursTables } from './types/tables/ours.ts'

export const suite: Suite = { name: 'types', run }

const routes: Readonly<Record<string, RoutesSide>> = {
  ours: oursRoutes,
  hono,
  'hono-split': honoSplit,
  orpc,
  elysia,
  trpc,
}
const tables = { ours: oursTables, drizzle }

/** A figure of the compiler, as the case `check` or `tables` with this ending. */
interface Figure {
  readonly ending: string
  readonly unit: string
  readonly of: (diagnostics: Diagnostics) => number
}

const time: Figure = { ending: '', unit: 'ms', of: (told) => told.milliseconds }
const memory: Figure = { ending: '-memory', unit: 'MB', of: (told) => told.megabytes }
const routeFigures: readonly Figure[] = [
  time,
  {
    ending: '-instantiations',
    unit: 'types a route',
    of: (told) => told.instantiations / ROUTES,
  },
  memory,
]
const tableFigures: readonly Figure[] = [
  time,
  { ending: '-instantiations', unit: 'types', of: (told) => told.instantiations },
  memory,
]

async function run(options: BenchOptions): Promise<Comparison[]> {
  // Below this package, so that what the projects import is found.
  const base = fileURLToPath(new URL('../.build/', import.meta.url))
  mkdirSync(base, { recursive: true })
  const directory = mkdtempSync(join(base, 'types-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))

  const comparisons: Comparison[] = []
  const checkRoutes = wanted('check', routeFigures, options)
  const complete = options.cases?.has('completion') ?? true
  if (checkRoutes || complete) {
    const projects = writeRoutes(join(directory, 'routes'), options)
    if (checkRoutes) comparisons.push(...(await compareRoutes(projects, options)))
    if (complete) comparisons.push(await compareCompletion(projects, options))
  }
  if (wanted('tables', tableFigures, options)) {
    comparisons.push(...(await compareTables(join(directory, 'tables'), options)))
  }
  return comparisons.filter(({ case: name }) => options.cases?.has(name) ?? true)
}

function wanted(name: string, figures: readonly Figure[], { cases }: BenchOptions): boolean {
  return cases === undefined || figures.some(({ ending }) => cases.has(name + ending))
}

/** A side's project, and the same with mistakes in the client's file. */
export interface RoutesProject {
  readonly right: string
  readonly wrong: string
  /** The lines of `client.ts` where the mistakes are. */
  readonly mistakes: readonly number[]
}

function writeRoutes(directory: string, { only }: BenchOptions): Map<string, RoutesProject> {
  const projects = new Map<string, RoutesProject>()
  for (const [name, side] of Object.entries(routes)) {
    if (only !== undefined && !only.has(name)) continue
    const { sources, wrong, mistakes } = project(side)
    const paths = { right: join(directory, name), wrong: join(directory, `${name}-wrong`) }
    writeProject(paths.right, sources)
    writeProject(paths.wrong, { ...sources, 'client.ts': wrong })
    projects.set(name, { ...paths, mistakes })
  }
  return projects
}

function compareRoutes(
  projects: ReadonlyMap<string, RoutesProject>,
  options: BenchOptions,
): Promise<Comparison[]> {
  const sides = [...projects].map(([name, { right, wrong, mistakes }]) => ({
    name,
    project: right,
    prove: () => assertMistakesFound(wrong, { file: 'client.ts', lines: mistakes }),
  }))
  return compareChecks('check', sides, { figures: routeFigures, options })
}

function compareTables(directory: string, options: BenchOptions): Promise<Comparison[]> {
  const sides = Object.entries(tables)
    .filter(([name]) => options.only?.has(name) ?? true)
    .map(([name, sources]) => {
      const project = join(directory, name)
      writeProject(project, sources())
      // The claims hold lines that must not compile.
      return { name, project, prove: async () => undefined }
    })
  return compareChecks('tables', sides, { figures: tableFigures, options })
}

interface CheckedSide {
  readonly name: string
  readonly project: string
  /** Throws `WrongAnswer` unless the compiler really looks at what it is given. */
  readonly prove: () => Promise<unknown>
}

async function compareChecks(
  name: string,
  sides: readonly CheckedSide[],
  { figures, options }: { figures: readonly Figure[]; options: BenchOptions },
): Promise<Comparison[]> {
  const told = new Map<string, Diagnostics[]>()
  // Counted by one checker: how many share the work depends on the machine.
  const counts = new Map<string, number>()
  const measured = sides.map((side) => {
    const measure = async (): Promise<number> => {
      options.progress(`${name} ${side.name}`)
      const diagnostics = await check(side.project)
      const instantiations = counts.get(side.name) ?? diagnostics.instantiations
      told.get(side.name)?.push({ ...diagnostics, instantiations })
      return diagnostics.milliseconds
    }
    // The first run warms the file system's cache and is not counted.
    const settle = async (): Promise<void> => {
      await side.prove()
      counts.set(side.name, (await check(side.project, ['--singleThreaded'])).instantiations)
      await measure()
      told.set(side.name, [])
    }
    return { name: side.name, settle, measure }
  })
  const { refused } = await alternate(measured, options.rounds)
  for (const side of refused.keys()) told.delete(side)
  return figures.map(({ ending, unit, of }) => ({
    case: name + ending,
    unit,
    better: 'lower',
    sides: new Map([...told].map(([side, runs]) => [side, runs.map(of)])),
    refused,
  }))
}
