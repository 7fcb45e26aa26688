import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WrongAnswer } from '../../harness/rounds.ts'
import type { Sources } from './tables.ts'

/** What the compiler says about one run. */
export interface Diagnostics {
  readonly milliseconds: number
  readonly instantiations: number
  readonly megabytes: number
}

const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))

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

/** Checks a project from nothing; `WrongAnswer` when it has errors. */
export async function check(directory: string): Promise<Diagnostics> {
  const args = [compiler, '-p', directory, '--extendedDiagnostics', '--pretty', 'false']
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
  if (failed) throw new WrongAnswer(`does not compile:\n${output.slice(0, 2000)}`)
  return {
    milliseconds: figure(output, 'Total time', 's') * 1000,
    instantiations: figure(output, 'Instantiations', ''),
    megabytes: figure(output, 'Memory used', 'K') / 1024,
  }
}

function figure(output: string, name: string, unit: string): number {
  const found = new RegExp(`^${name}:\\s+([\\d.]+)${unit}$`, 'm').exec(output)?.[1]
  if (found === undefined) throw new Error(`the compiler does not tell "${name}":\n${output}`)
  return Number(found)
}
