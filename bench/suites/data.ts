/**
 * What reading and writing rows costs: microseconds of a call, milliseconds of ten thousand rows
 * written and a million read, beside prepared statements and the usual libraries. All sides work on
 * the same database, one after the other, each in a process of its own, so that none runs on what
 * another has warmed up or left behind.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alternate, WrongAnswer } from '../harness/rounds.ts'
import type { BenchOptions, Comparison, Suite } from '../harness/suite.ts'
import { dropDatabase, server } from '../peers/data/postgres/open.ts'
import type { ReadCase } from './data/cases.ts'
import { postgresSides, preparePostgres, prepareSqlite, sqliteSides } from './data/databases.ts'
import type { Clock } from './data/messages.ts'
import { type DataProcess, type SideFile, startDataSide } from './data/process.ts'

export const suite: Suite = { name: 'data', run }

// Seconds, not moments: until then a side runs code that is still being compiled. The sides then take
// many short turns, since on a machine with other work long ones meet different machines.
const timing = { settleMs: 3000, measureMs: 150, turns: 3 }
const quickTiming = { settleMs: 200, measureMs: 100, turns: 1 }

/** Streaming takes seconds a side, and its figures hardly differ between rounds. */
const streamRounds = 5

interface Read {
  readonly name: string
  readonly case: ReadCase
  readonly perTurn: number
}

const reads: readonly Read[] = [
  { name: 'get', case: 'get', perTurn: 1 },
  { name: 'get@20', case: 'get', perTurn: 20 },
  { name: 'policy', case: 'policy', perTurn: 1 },
  { name: 'list', case: 'list', perTurn: 1 },
  { name: 'include', case: 'include', perTurn: 1 },
]

async function run(options: BenchOptions): Promise<Comparison[]> {
  // Beside the code and not in the system's temporary folder, which may be memory: there an fsync
  // would cost nothing.
  const base = fileURLToPath(new URL('../.build/', import.meta.url))
  mkdirSync(base, { recursive: true })
  const directory = mkdtempSync(join(base, 'data-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))

  const comparisons: Comparison[] = []
  const context = { directory, options }
  if (isWanted(options, (name) => !name.endsWith(postgresSuffix))) {
    options.progress('fill the file of SQLite')
    const location = await prepareSqlite(directory)
    comparisons.push(
      ...(await compareAll(sqliteSides, { ...context, location, suffix: '', clock: 'processor' })),
    )
  }
  if (isWanted(options, (name) => name.endsWith(postgresSuffix))) {
    comparisons.push(...(await comparePostgres(context)))
  }
  return comparisons
}

const postgresSuffix = '@postgres'

function isWanted({ cases }: BenchOptions, is: (name: string) => boolean): boolean {
  return cases === undefined || [...cases].some(is)
}

async function comparePostgres(
  context: Pick<Context, 'directory' | 'options'>,
): Promise<Comparison[]> {
  const { progress } = context.options
  progress('fill the database of PostgreSQL')
  try {
    const location = await preparePostgres()
    if (location === undefined) {
      progress(
        `no server answers at ${new URL(server).host}: left out what ends in ${postgresSuffix}`,
      )
      return []
    }
    return await compareAll(postgresSides, {
      ...context,
      location,
      suffix: postgresSuffix,
      clock: 'wall',
    })
  } finally {
    await dropDatabase().catch(() => undefined)
  }
}

interface Context {
  /** Where the filled database is. */
  readonly location: string
  /** Takes the logs. */
  readonly directory: string
  readonly options: BenchOptions
  /** Ends the names of the cases. */
  readonly suffix: string
  /** How reading is timed: on SQLite nothing waits, on a server most of it is waiting. */
  readonly clock: Clock
}

async function compareAll(files: readonly SideFile[], context: Context): Promise<Comparison[]> {
  const { options, suffix } = context
  const wanted = (name: string): boolean => options.cases?.has(name + suffix) ?? true
  const sides = files.filter(({ name }) => options.only?.has(name) ?? true)
  const comparisons: Comparison[] = []
  const running = new Map<string, DataProcess>()
  try {
    for (const side of sides) {
      options.progress(`start ${side.name}`)
      running.set(side.name, await startDataSide(side, context))
    }
    for (const read of reads.filter(({ name }) => wanted(name))) {
      options.progress(read.name + suffix)
      const comparison = await compareReads(read, running, context)
      if (comparison.sides.size > 0) comparisons.push(comparison)
    }
    if (suffix === '' && wanted('createMany')) {
      options.progress('createMany')
      comparisons.push(await compareCreates(running, context))
    }
  } finally {
    await Promise.all([...running.values()].map((side) => side.stop()))
  }
  if (suffix === '' && (wanted('stream') || wanted('stream-memory'))) {
    options.progress('stream')
    comparisons.push(...(await compareStreams(sides, context)))
  }
  return comparisons
}

async function compareReads(
  { name, case: read, perTurn }: Read,
  running: ReadonlyMap<string, DataProcess>,
  { options, suffix, clock }: Context,
): Promise<Comparison> {
  const { settleMs, measureMs, turns } = options.quick ? quickTiming : timing
  const refused = new Map<string, string>()
  const measured = []
  for (const [side, process] of running) {
    if (!(await isFit(() => process.check(read), { side, refused }))) continue
    measured.push({
      name: side,
      settle: () => process.read({ case: read, perTurn, clock, ms: settleMs }),
      measure: () => process.read({ case: read, perTurn, clock, ms: measureMs }),
    })
  }
  const rounds = await alternate(measured, options.rounds * turns)
  for (const { name: side } of measured) {
    const process = running.get(side)
    const check = async (): Promise<boolean> => (await process?.check(read)) ?? false
    if (!(await isFit(check, { side, refused }))) rounds.sides.delete(side)
  }
  for (const [side, reason] of rounds.refused) refused.set(side, reason)
  return { case: name + suffix, unit: 'µs', better: 'lower', sides: rounds.sides, refused }
}

/** False for a side that does not have the case, or whose answers are wrong: then with the reason. */
async function isFit(
  check: () => Promise<boolean>,
  { side, refused }: { side: string; refused: Map<string, string> },
): Promise<boolean> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof WrongAnswer)) throw error
    refused.set(side, error.message)
    return false
  }
}

async function compareCreates(
  running: ReadonlyMap<string, DataProcess>,
  { options, suffix }: Context,
): Promise<Comparison> {
  const refused = new Map<string, string>()
  const measured = []
  for (const [name, process] of running) {
    if (!(await isFit(async () => (await process.create()) !== undefined, { side: name, refused })))
      continue
    const measure = async (): Promise<number> => (await process.create()) ?? Number.NaN
    const settle = async (): Promise<void> => {
      for (let time = 0; time < 2; time++) await measure()
    }
    measured.push({ name, settle, measure })
  }
  const rounds = await alternate(measured, options.rounds)
  for (const [side, reason] of rounds.refused) refused.set(side, reason)
  return { case: `createMany${suffix}`, unit: 'ms', better: 'lower', sides: rounds.sides, refused }
}

/** Each in a new process, whose memory nothing else has stretched. */
async function compareStreams(
  files: readonly SideFile[],
  context: Context,
): Promise<[Comparison, Comparison]> {
  const memory = new Map<string, number[]>()
  const absent = new Set<string>()
  const stream = async (file: SideFile): Promise<number> => {
    const process = await startDataSide(file, context)
    try {
      const result = await process.stream()
      if (result === undefined) absent.add(file.name)
      else memory.set(file.name, [...(memory.get(file.name) ?? []), result.memory])
      return result?.figure ?? Number.NaN
    } finally {
      await process.stop()
    }
  }
  const measured = files.map((file) => ({
    name: file.name,
    settle: async () => undefined,
    measure: () => (absent.has(file.name) ? Promise.resolve(Number.NaN) : stream(file)),
  }))
  const rounds = await alternate(measured, streamRounds)
  for (const name of absent) rounds.sides.delete(name)
  for (const name of rounds.refused.keys()) memory.delete(name)
  const common = { better: 'lower', refused: rounds.refused } as const
  const suffix = context.suffix
  return [
    { case: `stream${suffix}`, unit: 'ms', sides: rounds.sides, ...common },
    { case: `stream-memory${suffix}`, unit: 'MiB', sides: memory, ...common },
  ]
}
