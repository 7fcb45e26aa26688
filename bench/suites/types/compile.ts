import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WrongAnswer } from '../../harness/rounds.ts'

/** Files by name. */
export type Sources = Readonly<Record<string, string>>

/** What the compiler says about one run. */
export interface Diagnostics {
  readonly milliseconds: number
  readonly instantiations: number
  readonly megabytes: number
}

export const compiler: string = fileURLToPath(
  new URL('../../../node_modules/typescript/bin/tsc', import.meta.url),
)

/** As strict as a project can be; libraries are trusted, as projects do. */
const compilerOptions = {
  target: 'ES2023',
  lib: ['ES2024', 'DOM'],
  module: 'nodenext',
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
}

/** Writes a project of these sources. It finds its packages in the folders above. */
export function writeProject(directory: string, sources: Sources): void {
  mkdirSync(directory, { recursive: true })
  const files = {
    ...sources,
    'package.json': JSON.stringify({ type: 'module' }),
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
}

/**
 * Checks a project from nothing; `WrongAnswer` when it has errors. By default the compiler checks with
 * several checkers at once, each of which makes the types anew that it shares with others.
 */
export async function check(
  directory: string,
  options: readonly string[] = [],
): Promise<Diagnostics> {
  const { output, failed } = await compile(directory, ['--extendedDiagnostics', ...options])
  if (failed) throw new WrongAnswer(`does not compile:\n${output.slice(0, 2000)}`)
  return {
    milliseconds: figure(output, 'Total time', 's') * 1000,
    instantiations: figure(output, 'Instantiations', ''),
    megabytes: figure(output, 'Memory used', 'K') / 1024,
  }
}

/** Throws `WrongAnswer` unless the compiler finds an error in each of these lines, and no other. */
export async function assertMistakesFound(
  directory: string,
  { file, lines }: { file: string; lines: readonly number[] },
): Promise<void> {
  const { output } = await compile(directory, [])
  const errors = [...output.matchAll(/^(\S+)\((\d+),\d+\): error /gm)]
  const found = new Set(errors.map(([, path, line]) => `${path?.split('/').at(-1)}:${line}`))
  const missed = lines.filter((line) => !found.delete(`${file}:${line}`))
  if (missed.length > 0) {
    throw new WrongAnswer(
      `${missed.length} of ${lines.length} mistakes are not found, such as line ${missed[0]}`,
    )
  }
  if (found.size > 0) throw new WrongAnswer(`errors where none are: ${[...found].slice(0, 5)}`)
}

async function compile(
  directory: string,
  options: readonly string[],
): Promise<{ output: string; failed: boolean }> {
  const args = [compiler, '-p', directory, '--pretty', 'false', ...options]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const { promise: code, resolve } = Promise.withResolvers<number | null>()
  child.once('close', resolve)
  const output = (await Promise.all([child.stdout.toArray(), child.stderr.toArray()]))
    .flat()
    .join('')
  const failed = (await code) !== 0
  process.off('exit', kill)
  return { output, failed }
}

function figure(output: string, name: string, unit: string): number {
  const found = new RegExp(`^${name}:\\s+([\\d.]+)${unit}$`, 'm').exec(output)?.[1]
  if (found === undefined) throw new Error(`the compiler does not tell "${name}":\n${output}`)
  return Number(found)
}
