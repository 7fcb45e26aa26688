import { readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { doors, root } from './scripts/doors.ts'

/** Tests import the package by name, as users do, and run on the sources: no build in between. */
const alias = doors.map(({ specifier, source }) => ({
  find: new RegExp(`^${specifier}$`),
  replacement: root + source,
}))

const ownPackages = [
  '**/node_modules/**',
  ...['runtimes', 'openapi', 'browser', 'telemetry'].map((folder) => `test/${folder}/**`),
]

/** What every database must do alike: the tests that open the one named by PLINTH_TEST_DATABASE. */
const contract = [
  ...readdirSync(`${root}test/data`)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/data/${file}`)
    .filter((file) =>
      /from '\.\/(fixture|library|migration-databases)\.ts'/.test(
        readFileSync(root + file, 'utf8'),
      ),
    ),
  'test/data/drivers/contract/*.test.ts',
]

/** The drivers of servers, and of PGlite, which takes seconds to make a database. */
const drivers = ['postgres', 'pglite', 'mysql'].map((name) => `test/data/drivers/${name}/*.test.ts`)

/** What takes longest: every database that answers in one file, and several processes on one. */
const long = [
  'test/api/idempotency-crash.test.ts',
  'test/audit/{changes,cli,processes,security,tampering}.test.ts',
  'test/auth/{faults,flood,flows,mailed-ways,malformed,once,stored-values,takeover}.test.ts',
  'test/auth/**/*databases.test.ts',
  'test/auth/{oauth/takeover,passkeys/malformed}.test.ts',
  'test/cli/{migrate,openapi,processes}.test.ts',
  'test/conformance/*.test.ts',
  'test/data/{crash,history}/*.test.ts',
  'test/data/differential.test.ts',
  'test/data/drivers/sqlite/processes.test.ts',
  'test/monitor/{otlp-failures,queries-of-a-backend,repeated,secrets,slow-queries,slow-queries-plans}.test.ts',
  'test/runtime/node/{malformed,signals}.test.ts',
  'test/served/{rolling-restart,siege}.test.ts',
  'test/shop/{crash,stampede}.test.ts',
  'test/smtp/flows.test.ts',
  'test/testing/fresh-database.test.ts',
]

export default defineConfig({
  test: {
    // Most of the time goes to waiting for disks and servers: as many files at once as there are cores.
    maxWorkers: '100%',
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'sources',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [
            ...ownPackages,
            ...contract,
            ...drivers,
            ...long,
            'test/house/package/**',
            'test/torture/**',
          ],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'contract',
          isolate: false,
          include: contract,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'long',
          isolate: false,
          include: long,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'drivers',
          isolate: false,
          include: drivers,
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
