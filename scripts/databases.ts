/**
 * `npm run test:databases`: the contract of databases on each that answers, what takes several processes
 * or all of them, and, when all do, the table of what each can do, `docs/databases.md`. With `--check` the
 * table is compared instead of written.
 *
 * node scripts/databases.ts [--check] [sqlite] [pglite] [postgres] [mysql]
 */

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type Described, describeDatabases, names } from '../test/data/describe-databases.ts'
import { hasMariadb, hasPostgres } from '../test/data/servers.ts'
import { type Count, conclude, countOf, readCounts } from './counts.ts'
import { root } from './doors.ts'

const PAGE = `${root}docs/databases.md`

const given = process.argv.slice(2)
const check = given.includes('--check')
const answers = {
  sqlite: true,
  pglite: true,
  postgres: await hasPostgres(),
  mysql: await hasMariadb(),
}
const asked = names.filter((name) => given.includes(name))
const chosen = asked.length > 0 ? asked : names.filter((name) => answers[name])
for (const name of names) if (!answers[name]) console.log(`${name} does not answer: left out`)

const counts = new Map<string, Count>()
const ofDrivers: Count[] = []
for (const name of chosen) {
  counts.set(name, suiteOn(name, 'contract'))
  // SQLite's driver is tested with the sources.
  if (name !== 'sqlite') ofDrivers.push(suiteOn(name, 'drivers', `drivers/${name}`))
}

// They open all that answer; the one that is named is for the rest of them.
if (asked.length === 0) ofDrivers.push(suiteOn('sqlite', 'long'))

const all = [...counts.values(), ...ofDrivers]
const whole = chosen.length === names.length && all.every(({ failed }) => failed === 0)
conclude('databases', whole ? [...all, countOf('docs/databases.md', await page())] : all)

/** Runs a suite on one database. */
function suiteOn(name: string, project: string, ...filter: string[]): Count {
  const report = `${root}.build/${project}-${name}.json`
  rmSync(report, { force: true })
  console.log(`\n\x1b[1m== ${name}: ${project}\x1b[0m`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { status } = spawnSync('vitest', ['run', '--project', project, ...filter, ...reporters], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PLINTH_TEST_DATABASE: name },
  })
  return readCounts(`${name}: ${project}`, report, status === 0)
}

/** Writes the page, or tells whether it says what this run found. */
async function page(): Promise<boolean> {
  const text = render(await describeDatabases())
  if (!check) {
    writeFileSync(PAGE, text)
    return true
  }
  if (lasting(readFileSync(PAGE, 'utf8')) === lasting(text)) return true
  console.log('docs/databases.md is not what this run found: npm run test:databases writes it anew')
  return false
}

/** The page without what is another on every machine and with every new test. */
function lasting(text: string): string {
  return text.replaceAll(/^\| (tried with|contract) \|.*$/gm, '')
}

function render(databases: readonly Described[]): string {
  const row = (title: string, cell: (database: Described) => string): string =>
    `| ${[title, ...databases.map(cell)].join(' | ')} |`
  const facts = [...new Set(databases.flatMap(({ facts: known }) => Object.keys(known)))]
  const kinds = Object.keys(databases[0]?.types ?? {})
  return [
    '# Databases',
    '',
    '<!-- Written by `npm run test:databases`: do not edit. -->',
    '',
    'What each database can do, as its driver declares it, and how many cases of the contract it passed',
    'in the run that wrote this page. The contract is one suite of tests, the same for all. What a',
    'database cannot do is refused when it is opened or asked, with the reason.',
    '',
    row('', ({ title }) => title),
    row('---', () => '---'),
    row('tried with', ({ tried }) => tried),
    row('contract', ({ name }) => `${counts.get(name)?.passed} cases passed`),
    ...facts.map((fact) => row(fact, ({ facts: known }) => known[fact] ?? '')),
    '',
    '## How values are stored',
    '',
    row('', ({ title }) => title),
    row('---', () => '---'),
    ...kinds.map((kind) => row(kind, ({ types }) => `\`${types[kind]}\``)),
    '',
    'Text in keys and indexes is `varchar(n)` on MySQL and MariaDB, by the `maxLength` of its schema.',
    '',
  ].join('\n')
}
