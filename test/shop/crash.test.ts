import { expect, test } from 'vitest'
import { crashShop } from './crash.ts'

test('keeps every acknowledged order when it is killed', async () => {
  expect(await crashShop(3)).toBeGreaterThan(0)
}, 120_000)
