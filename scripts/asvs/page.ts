import { families } from './families.ts'
import { reasons } from './open.ts'
import { chapters, type Level, type Requirement, requirements } from './requirements.ts'
import type { Tagged } from './tags.ts'

/** The scorecard in Markdown. */
export function writePage(tagged: readonly Tagged[]): string {
  const held = byKey(tagged, (test) => test.requirements)
  const parts = [
    HEAD,
    summary(held),
    '## Held and open',
    ...Object.entries(chapters).map(([chapter, title]) => chapterOf(Number(chapter), title, held)),
    familiesOf(byKey(tagged, (test) => test.families.map(String))),
  ]
  return `${parts.join('\n\n')}\n`
}

const HEAD = `# Security scorecard

Of the requirements of [OWASP ASVS 5.0](https://github.com/OWASP/ASVS/tree/v5.0.0/5.0) these are the ones that a
back-end library can meet or enforce. Each stands beside the tests that hold it: those with its number in
their titles, as in \`[ASVS 1.2.4] ...\`. The gist is in our words; the standard's own decide.

Written by \`npm run asvs\` from the tests; a test fails when this page is out of date. \`L1\` to \`L3\` are the
levels that ask for a requirement. The cases of \`test/conformance\` are run over HTTP on every runtime.
[A note](../decisions/075-scorecard.md) says what a tag claims.`

type Held = ReadonlyMap<string, readonly Tagged[]>

function byKey(tagged: readonly Tagged[], keys: (test: Tagged) => readonly string[]): Held {
  const pairs = tagged.flatMap((test) => keys(test).map((key) => ({ key, test })))
  return new Map(
    [...Map.groupBy(pairs, ({ key }) => key)].map(([key, list]) => [
      key,
      list.map(({ test }) => test),
    ]),
  )
}

const LEVELS: readonly Level[] = [1, 2, 3]

function summary(held: Held): string {
  const row = (title: string, among: readonly Requirement[]): string => {
    const cells = [among, ...LEVELS.map((level) => among.filter((each) => each.level === level))]
    return `| ${title} | ${cells.map((cell) => countOf(cell, held)).join(' | ')} |`
  }
  const rows = Object.entries(chapters).map(([chapter, title]) =>
    row(`V${chapter} ${title}`, inChapter(Number(chapter))),
  )
  return [
    '| chapter | held | L1 | L2 | L3 |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    row('**all**', requirements),
  ].join('\n')
}

function countOf(among: readonly Requirement[], held: Held): string {
  if (among.length === 0) return ''
  return `${among.filter(({ id }) => held.has(id)).length} of ${among.length}`
}

function inChapter(chapter: number): Requirement[] {
  return requirements.filter(({ id }) => id.startsWith(`${chapter}.`))
}

function chapterOf(chapter: number, title: string, held: Held): string {
  const entries = inChapter(chapter).map((each) => entryOf(each, held.get(each.id)))
  return `### V${chapter} ${title}\n\n${entries.join('\n')}`
}

function entryOf({ id, level, gist }: Requirement, tests: readonly Tagged[] | undefined): string {
  const head = `- **${id}** L${level} ${gist}`
  if (tests) return [head, ...linesOf(tests)].join('\n')
  return `${head} *Open.*${reasons[id] === undefined ? '' : ` ${reasons[id]}`}`
}

/** A line for each file. */
function linesOf(tests: readonly Tagged[]): string[] {
  return [...Map.groupBy(tests, ({ file }) => file)].map(([file, list]) => {
    const titles = [...new Set(list.map(({ title }) => `“${title.replaceAll('|', '\\|')}”`))]
    return `  - [${file}](../../${file}): ${titles.join('; ')}`
  })
}

function familiesOf(held: Held): string {
  const entries = families.map(({ id, gist }) => {
    const tests = held.get(String(id))
    return [`- **${id}** ${gist}${tests ? '' : ' *Open.*'}`, ...linesOf(tests ?? [])].join('\n')
  })
  return `## Families of vulnerabilities

What went wrong in routers, auth libraries and back ends of this kind, as published in advisories. The tests
that attack this one alike have its number in their titles, as in \`[family 14] ...\`.

${entries.join('\n')}`
}
