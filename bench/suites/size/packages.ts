import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The package under test, as it is published. */
export function pack(directory: string): string {
  const told = npm(root, ['pack', '--ignore-scripts', '--json', '--pack-destination', directory])
  const [{ filename }] = JSON.parse(told) as [{ filename: string }]
  return join(directory, filename)
}

/** How many packages `npm install` brings into an empty folder. */
export function countInstalled(directory: string, packages: readonly string[]): number {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{ "private": true }')
  npm(directory, ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages])
  const lock = readFileSync(join(directory, 'node_modules/.package-lock.json'), 'utf8')
  return Object.keys((JSON.parse(lock) as { packages: object }).packages).length
}

function npm(cwd: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`)
  return stdout
}
