import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { root } from '../../scripts/doors.ts'

/** What a command answered with. */
export interface Answer {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A folder with a configuration, where `plinth` is run. */
export interface Project {
  readonly folder: string
  write(file: string, content: string): void
  read(file: string): string
  /** The files of `migrations`. */
  files(): string[]
  /** Runs `plinth` with these words, in a process of its own. */
  plinth(...words: string[]): Promise<Answer>
  /** Runs a file of the project. */
  node(file: string): Promise<Answer>
}

const IMPORTS = `
import { id, open, ref, table } from '${root}src/data/index.ts'
import { sqlite } from '${root}src/data/drivers/sqlite/index.ts'
import { postgres } from '${root}src/data/drivers/postgres/index.ts'
import { mysql } from '${root}src/data/drivers/mysql/index.ts'
import * as v from '${root}node_modules/valibot/dist/index.mjs'

const short = v.pipe(v.string(), v.maxLength(40))
`

/** A new project; `config` is what its configuration says behind the imports. */
export function createProject(config: string): Project {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const project: Project = {
    folder,
    write: (file, content) => writeFileSync(join(folder, file), IMPORTS + content),
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    files: () => readdirSync(join(folder, 'migrations')).sort(),
    plinth: (...words) => run(folder, [`${root}src/cli/main.ts`, ...words]),
    node: (file) => run(folder, [join(folder, file)]),
  }
  if (config !== '') project.write('plinth.config.ts', config)
  return project
}

async function run(folder: string, words: readonly string[]): Promise<Answer> {
  const child = spawn(process.execPath, words, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, out, err }
}
