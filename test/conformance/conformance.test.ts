import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/doors.ts'
import { list } from '../house/modules.ts'
import type { Suite } from './main.ts'

const files = list('test/conformance/*.ts').filter((path) => !/\/(main|.+\.test)\.ts$/.test(path))
const suites = await Promise.all(
  files.map(async (path): Promise<Suite> => (await import(root + path)).suite),
)

it('has suites of different names', () => {
  expect(suites.length).toBeGreaterThan(0)
  expect(new Set(suites.map(({ name }) => name)).size).toBe(suites.length)
})

for (const suite of suites) {
  describe(`conformance of ${suite.name}`, () => {
    for (const { name, run } of suite.cases) it(name, run)
  })
}
