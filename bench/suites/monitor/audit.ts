import { join } from 'node:path'
import { startProcess } from '../../harness/process.ts'
import type { BenchOptions, Comparison } from '../../harness/suite.ts'

/** How long it takes to verify an audit log of a million entries, each of a row that was created. */
export async function compareAudit(
  directory: string,
  { quick, progress, rounds }: BenchOptions,
): Promise<Comparison> {
  progress('audit')
  const file = new URL('../../peers/monitor/audit.ts', import.meta.url)
  const entries = String(quick ? 20_000 : 1_000_000)
  const child = startProcess(file, {
    log: join(directory, 'audit.log'),
    args: [join(directory, 'audit.db'), entries, String(rounds)],
  })
  let told: { readonly written?: number; readonly seconds?: readonly number[] } = {}
  while (told.seconds === undefined) told = (await child.message()) as typeof told
  await child.stop()
  const sides = new Map([['ours', told.seconds]])
  return { case: 'audit', unit: 's', better: 'lower', sides, refused: new Map() }
}
