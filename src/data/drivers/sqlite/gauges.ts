import { statSync } from 'node:fs'
import type { Measurement } from '../../../kernel/index.ts'
import type { Writer } from './writer.ts'

/** How many transactions wait, and how large the files are. What is in memory has none. */
export function gaugesOf(file: string, { waiting }: Writer): readonly Measurement[] {
  return [
    {
      name: 'plinth.data.queue.waiting',
      type: 'gauge',
      unit: '{transaction}',
      value: waiting,
    },
    ...sizeOf(file, 'main'),
    ...sizeOf(`${file}-wal`, 'wal'),
  ]
}

function sizeOf(path: string, part: 'main' | 'wal'): Measurement[] {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) return []
  const attributes = { 'plinth.data.file': part }
  return [{ name: 'plinth.data.file.size', type: 'gauge', unit: 'By', value: size, attributes }]
}
