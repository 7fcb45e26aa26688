import { defineConfig } from 'vitest/config'
import { doors, root } from './scripts/doors.ts'

export default defineConfig({
  resolve: {
    // Tests import the package by name, as users do, and run on the sources: no build in between.
    alias: doors.map(({ specifier, source }) => ({
      find: new RegExp(`^${specifier}$`),
      replacement: root + source,
    })),
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/torture/**', 'test/runtimes/**', '**/node_modules/**'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
