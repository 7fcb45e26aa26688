import { expect, it } from 'vitest'
import { restartUnderLoad } from './rolling.ts'

it('loses no request when its servers are replaced', async () => {
  const { load, stored, codes } = await restartUnderLoad({
    restarts: 2,
    rate: 100,
    drainDelay: 500,
  })
  expect(load.failures).toEqual([])
  expect(stored.toSorted()).toEqual(load.created.toSorted())
  expect(codes).toEqual([0, 0])
})
