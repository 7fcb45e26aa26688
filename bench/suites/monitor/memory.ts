import { startProcess } from '../../harness/process.ts'
import type { BenchOptions, Comparison } from '../../harness/suite.ts'

const sides = ['full', 'off', 'export']

/**
 * By how much the heap, with its garbage collected, grows from the ten-thousandth to the millionth request,
 * each for a path of its own.
 */
export async function compareMemory(
  collector: string,
  { quick, progress, only }: BenchOptions,
): Promise<Comparison> {
  const figures = new Map<string, number[]>()
  for (const side of sides) {
    if (only && !only.has(side)) continue
    progress(`memory ${side}`)
    const count = String(quick ? 50_000 : 1_000_000)
    const file = new URL('../../peers/monitor/memory.ts', import.meta.url)
    const child = startProcess(file, { log: '/dev/null', args: [side, count, collector] })
    let told: { readonly asked?: number; readonly grown?: number } = {}
    while (told.grown === undefined) told = (await child.message()) as typeof told
    const { grown } = told
    await child.stop()
    figures.set(side === 'full' ? 'ours' : side, [grown])
  }
  return { case: 'memory', unit: 'MiB', better: 'lower', sides: figures, refused: new Map() }
}
