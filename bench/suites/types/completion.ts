import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { alternate, quantile, WrongAnswer } from '../../harness/rounds.ts'
import type { BenchOptions, Comparison } from '../../harness/suite.ts'
import { type LanguageServer, startLanguageServer } from './language-server.ts'
import { marker, modules, things } from './routes/routes.ts'

/** No editor's user waits longer; a side that takes it is refused instead of measured for minutes. */
const PATIENCE_MS = 30_000

/** Typing pauses after each place, until the server has done what it does behind an answer's back. */
const PAUSE_MS = 200

/** Every fifth module in each round: all fifty are asked about in five. */
const STEP = 5

/**
 * How long an editor waits for the list of what `api.module7.` offers, at the 95th percentile of ten
 * places a round: at each the text is typed, which is when all that is known of the file is thrown away.
 */
export async function compareCompletion(
  projects: ReadonlyMap<string, { readonly right: string }>,
  { rounds, progress }: BenchOptions,
): Promise<Comparison> {
  const played = new Map<string, number>()
  const measured = [...projects].map(([name, { right }]) => ({
    name,
    settle: async () => undefined,
    measure: async () => {
      const round = played.get(name) ?? 0
      played.set(name, round + 1)
      progress(`completion ${name}`)
      const server = await startLanguageServer(right)
      try {
        const asked = modules.filter((module) => module % STEP === round % STEP)
        return quantile(await complete(server, join(right, 'client.ts'), asked), 0.95)
      } finally {
        await server.stop()
      }
    },
  }))
  const { sides, refused } = await alternate(measured, rounds)
  return { case: 'completion', unit: 'ms', better: 'lower', sides, refused }
}

/** Milliseconds of each completion. */
async function complete(
  server: LanguageServer,
  file: string,
  asked: readonly number[],
): Promise<number[]> {
  const text = readFileSync(file, 'utf8')
  const lines = text.split('\n')
  await server.open(file, text)
  const times: number[] = []
  for (const module of asked) {
    const line = lines.indexOf(marker(module))
    const typed = `  api.module${module}.`
    const place = { line, character: 0 }
    const change = { file, place, text: `${typed}\n` }
    const from = performance.now()
    server.insert(change)
    const names = await server.complete(file, { line, character: typed.length }, PATIENCE_MS)
    times.push(performance.now() - from)
    server.remove(change)
    const absent = things.filter((thing) => !names.includes(thing))
    if (absent.length > 0) {
      throw new WrongAnswer(`${typed.trim()} does not offer ${absent}, but ${names.slice(0, 10)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return times
}
