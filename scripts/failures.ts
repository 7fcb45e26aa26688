/**
 * Names the tests that failed, from the reports of whichever suites ran: the last thing `.ci/run` prints
 * before its counts, so that a long run need not be read through.
 *
 * node scripts/failures.ts REPORT...
 */

import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { root } from './doors.ts'

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

for (const path of process.argv.slice(2).filter(existsSync)) {
  const { testResults }: Report = JSON.parse(readFileSync(path, 'utf8'))
  for (const { name, status, message, assertionResults } of testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    const place = `FAILED ${relative(root, name)}`
    for (const { fullName, failureMessages } of failed) {
      console.log(`${place} > ${fullName}\n  ${failureMessages[0]?.split('\n')[0]}`)
    }
    if (status === 'failed' && failed.length === 0) console.log(`${place}\n  ${message}`)
  }
}
