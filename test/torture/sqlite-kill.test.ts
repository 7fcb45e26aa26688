import { expect, it } from 'vitest'
import { expectWhole, preparePairs, spawnWriter } from '../data/drivers/sqlite/spawn-writer.ts'
import { temporaryFile, turn } from '../data/drivers/sqlite/support.ts'

const ROUNDS = 50

it('keeps every acknowledged transaction through fifty kills of two writers', async () => {
  const file = temporaryFile()
  await preparePairs(file)
  const lines: string[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const children = ['a', 'b'].map((name) =>
      spawnWriter(file, { name: `${name}${round}`, count: 1_000_000 }),
    )
    const stored = () => children.reduce((sum, child) => sum + child.lines.length, 0)
    const enough = 10 + Math.floor(Math.random() * 500)
    while (stored() < enough) await turn()
    for (const child of children) child.process.kill('SIGKILL')
    await Promise.all(children.map(({ ended }) => ended))
    for (const child of children) lines.push(...child.lines)
    await expectWhole(file, lines)
  }
  expect(lines.filter((line) => line.startsWith('failed'))).toEqual([])
})
