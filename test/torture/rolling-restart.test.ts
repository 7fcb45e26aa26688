import { expect, it } from 'vitest'
import { restartUnderLoad } from '../served/rolling.ts'

it('loses no request in ten restarts at 500 requests a second', async () => {
  const { load, stored, codes } = await restartUnderLoad({
    restarts: 10,
    rate: 500,
    drainDelay: 1_000,
  })
  console.log(load.sent, load.latency)
  expect(load.failures).toEqual([])
  expect(stored.toSorted()).toEqual(load.created.toSorted())
  expect(codes).toEqual(Array(10).fill(0))
})
