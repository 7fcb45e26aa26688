/**
 * Builds `dist`: JavaScript by tsup, declarations by tsc, and the notices of what is bundled.
 *
 * `--if-stale` leaves a `dist` alone that is newer than every file it was built from, so that a
 * second `npm start` is not kept waiting.
 */

import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { root } from './doors.ts'

/** Written last, so its time is the time of the build. */
const thirdParty = `${root}dist/THIRD-PARTY.txt`
const metafile = `${root}dist/metafile-esm.json`

if (!process.argv.includes('--if-stale') || isStale()) build()

function build(): void {
  rmSync(`${root}dist`, { recursive: true, force: true })
  run('tsup')
  run('tsc', '-p', 'tsconfig.build.json')
  for (const file of globSync(`${root}dist/**/*.d.ts`)) pointAtJavaScript(file)
  const text = notices()
  rmSync(metafile)
  writeFileSync(thirdParty, text)
}

function isStale(): boolean {
  const built = statSync(thirdParty, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const inputs = globSync(
    ['src/**/*', 'package.json', 'tsconfig*.json', 'tsup.config.ts', 'scripts/{build,doors}.ts'],
    { cwd: root },
  )
  // A folder counts too: its time changes when a file in it is deleted.
  return inputs.some((path) => statSync(root + path).mtimeMs > built)
}

/** tsc keeps `./errors.ts` as a declaration's specifier; what lies beside it is `./errors.js`. */
function pointAtJavaScript(file: string): void {
  const declaration = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    declaration.replace(/(from |import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g, '$1$2$3.js$2'),
  )
}

/** The licences of the packages whose code the bundles contain. */
function notices(): string {
  const { inputs }: { inputs: Record<string, unknown> } = JSON.parse(readFileSync(metafile, 'utf8'))
  const bundled = Object.keys(inputs).map(
    (path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1],
  )
  const names = [...new Set(bundled)].filter((name) => name !== undefined).sort()
  return names.map(notice).join(`\n${'-'.repeat(72)}\n\n`)
}

function notice(name: string): string {
  const folder = `${root}node_modules/${name}/`
  const { version }: { version: string } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
  const [licence] = globSync(`${folder}LICEN[CS]E*`)
  if (licence === undefined) throw new Error(`${name} is bundled, but comes without a licence file`)
  return `${name} ${version}\n\n${readFileSync(licence, 'utf8').trim()}\n`
}

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(`${root}node_modules/.bin/${command}`, args, {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
