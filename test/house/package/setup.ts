import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { root } from '../../../scripts/doors.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Absolute path of the packed package. */
    tarball: string
  }
}

/** Builds and packs the package once for all the tests that look at what users get. */
export function setup(project: TestProject): void {
  const folder = `${root}.build`
  mkdirSync(folder, { recursive: true })
  execFileSync('node', ['scripts/build.ts', '--if-stale'], { cwd: root, stdio: 'inherit' })
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const [{ filename }]: [{ filename: string }] = JSON.parse(packed)
  project.provide('tarball', `${folder}/${filename}`)
}
