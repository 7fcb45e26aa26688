import { defineConfig } from 'vitest/config'
import { doors, root } from './scripts/doors.ts'

/** Tests import the package by name, as users do, and run on the sources: no build in between. */
const alias = doors.map(({ specifier, source }) => ({
  find: new RegExp(`^${specifier}$`),
  replacement: root + source,
}))

const ownPackages = ['**/node_modules/**', 'test/runtimes/**']

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'sources',
          include: ['test/**/*.test.ts'],
          exclude: [...ownPackages, 'test/house/package/**', 'test/torture/**'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/house/package/*.test.ts'],
          globalSetup: 'test/house/package/setup.ts',
          testTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'torture',
          include: ['test/torture/**/*.test.ts'],
          testTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
