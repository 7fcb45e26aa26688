/**
 * `npm run reference`: writes `docs/reference` from the docstrings of the doors, a page for each. With
 * `--check` the pages are compared instead of written.
 *
 * node scripts/reference.ts [--check]
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { doors, root } from './doors.ts'

const pages = `${root}docs/reference`
const check = process.argv.includes('--check')

const folder = mkdtempSync(join(tmpdir(), 'plinth-reference-'))
try {
  write(folder)
  if (check) process.exitCode = compare(folder) ? 0 : 1
  else replace(folder)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function write(out: string): void {
  const entryPoints = doors.flatMap(({ source }) => ['--entryPoints', root + source])
  const { status } = spawnSync('node_modules/.bin/typedoc', [...entryPoints, '--out', out], {
    cwd: `${root}scripts/reference`,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`typedoc ended with ${status}`)
}

function replace(written: string): void {
  rmSync(pages, { recursive: true, force: true })
  cpSync(written, pages, { recursive: true })
}

/** Whether the pages are what was written now; names those that are not. */
function compare(written: string): boolean {
  const names = new Set([...listOf(written), ...listOf(pages)])
  const stale = [...names].filter((name) => read(written, name) !== read(pages, name))
  for (const name of stale) console.log(`docs/reference/${name} is out of date: npm run reference`)
  return stale.length === 0
}

function listOf(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  )
}

function read(place: string, name: string): string | undefined {
  try {
    return readFileSync(join(place, name), 'utf8')
  } catch {
    return undefined
  }
}
