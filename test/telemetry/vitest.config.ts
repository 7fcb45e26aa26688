import { defineConfig } from 'vitest/config'
import { doors, root } from '../../scripts/doors.ts'

/** The package by name is its sources, as for the other tests. */
const alias = doors.map(({ specifier, source }) => ({
  find: new RegExp(`^${specifier}$`),
  replacement: root + source,
}))

export default defineConfig({
  resolve: { alias },
  test: { include: ['*.test.ts'], isolate: false, testTimeout: 60_000, hookTimeout: 60_000 },
})
