/** The matrix of the suite over HTTP: a page of the documentation, written from a run. */

import { readFileSync, writeFileSync } from 'node:fs'
import { deviations, leftOut } from '../conformance/wire/deviations.ts'
import type { Result } from '../conformance/wire/run.ts'

const PAGE = `${import.meta.dirname}/../../docs/conformance.md`

type Results = Readonly<Record<string, readonly Result[]>>

export function writePage(results: Results): void {
  writeFileSync(PAGE, render(results))
}

/** Whether the page says what a run found. */
export function isPageOf(results: Results): boolean {
  return lasting(readFileSync(PAGE, 'utf8')) === lasting(render(results))
}

/** The page without the numbers, which are others with every new case. */
function lasting(text: string): string {
  return text.replaceAll(/\d+\/\d+/g, '').replaceAll(/\(\d+ cases?\)/g, '')
}

function render(results: Results): string {
  const runtimes = Object.keys(results)
  const all = Object.values(results)
  const topics = [...new Set(all.flatMap((list) => list.map(({ topic }) => topic)))]
  const row = (title: string, cells: readonly string[]): string =>
    `| ${[title, ...cells].join(' | ')} |`
  const counts = (matches: (result: Result) => boolean) =>
    all.map((list) => {
      const asked = list.filter(matches)
      const passed = asked.filter(({ error }) => error === undefined).length
      return asked.length === 0 ? '–' : `${passed}/${asked.length}`
    })
  return [
    '# Conformance over HTTP',
    '',
    '<!-- Written by `npm run test:runtimes`: do not edit. -->',
    '',
    'One app with every feature is served by the published package on each runtime, and asked byte for byte',
    'over a socket: `test/conformance/wire`. Passed cases of those that were asked:',
    '',
    row('', runtimes),
    row(
      '---',
      runtimes.map(() => '---'),
    ),
    ...topics.map((topic) =>
      row(
        topic,
        counts((result) => result.topic === topic),
      ),
    ),
    row(
      '**all**',
      counts(() => true),
    ),
    '',
    '## Where a runtime answers in its own way',
    '',
    'Each of these is held to what stands here; anything else fails.',
    '',
    ...different(results),
    '',
    '## What is not asked',
    '',
    ...leftOut.map(({ runtime, what, why }) => `- **${runtime}**: ${what}; ${why}.`),
    '',
  ].join('\n')
}

/** The reasons, each once for a runtime, with the number of cases. */
function different(results: Results): string[] {
  const reasons = new Map<string, number>()
  for (const { runtime, cases, why } of deviations) {
    const concerned = results[runtime]?.filter(({ topic, title }) =>
      cases.test(`${topic}: ${title}`),
    )
    const reason = `**${runtime}** ${why}`
    reasons.set(reason, (reasons.get(reason) ?? 0) + (concerned?.length ?? 0))
  }
  return Array.from(
    reasons,
    ([reason, count]) => `- ${reason} (${count} case${count === 1 ? '' : 's'}).`,
  )
}
