/**
 * `npm run asvs`: writes `docs/security/asvs.md` from the tags in the titles of tests. With `--check` the
 * page is compared instead of written.
 *
 * node scripts/asvs.ts [--check]
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writePage } from './asvs/page.ts'
import { findTagged } from './asvs/tags.ts'
import { root } from './doors.ts'

const file = 'docs/security/asvs.md'
const page = writePage(findTagged())

if (!process.argv.includes('--check')) {
  mkdirSync(`${root}docs/security`, { recursive: true })
  writeFileSync(root + file, page)
} else if (readFileSync(root + file, 'utf8') !== page) {
  console.log(`${file} is out of date: npm run asvs`)
  process.exitCode = 1
}
