/**
 * Builds `dist`: JavaScript by tsup, declarations by tsc.
 *
 * `--if-stale` leaves a `dist` alone that is newer than every file it was built from, so that a
 * second `npm start` is not kept waiting.
 */

import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { root } from './doors.ts'

const stamp = `${root}dist/.built`

if (!process.argv.includes('--if-stale') || isStale()) build()

function build(): void {
  rmSync(`${root}dist`, { recursive: true, force: true })
  run('tsup')
  run('tsc', '-p', 'tsconfig.build.json')
  for (const file of globSync(`${root}dist/**/*.d.ts`)) pointAtJavaScript(file)
  writeFileSync(stamp, '')
}

function isStale(): boolean {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const inputs = globSync(['src/**/*.ts', 'package.json', 'ts*.json', 'tsup.config.ts'], {
    cwd: root,
  })
  return inputs.some((file) => statSync(root + file).mtimeMs > built)
}

/** tsc keeps `./errors.ts` as a declaration's specifier; what lies beside it is `./errors.js`. */
function pointAtJavaScript(file: string): void {
  const declaration = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    declaration.replace(/(from |import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g, '$1$2$3.js$2'),
  )
}

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(`${root}node_modules/.bin/${command}`, args, {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
