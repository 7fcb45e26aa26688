import fc from 'fast-check'
import { anyone, mount, operation } from 'plinth/api'
import { open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'

/** The dates as a client reads them. */
async function written(dates: readonly Date[]): Promise<unknown> {
  const list = operation({
    method: 'GET',
    path: '/dates',
    guard: anyone,
    responses: { 200: v.array(v.date()) },
    handler: () => ({ status: 200, body: [...dates] }),
  })
  const database = await open(sqlite(':memory:', []))
  onTestFinished(() => database.close())
  const response = await mount({ list }, { database }).fetch(new Request('http://localhost/dates'))
  return response.status === 200 ? response.json() : response.status
}

test('writes any instant as JavaScript itself does', async () => {
  const edges = [
    0, -1, 1, 86_399_999, 86_400_000, -86_400_000, 8.64e15, -8.64e15, 253_402_300_800_000,
    -62_167_219_200_001,
  ]
  const random = fc.sample(fc.date({ noInvalidDate: true }), 500)
  const dates = [...edges.map((time) => new Date(time)), ...random, ...random.toReversed()]
  expect(await written(dates)).toEqual(dates.map((date) => date.toISOString()))
})

test('sends no date that is none', async () => {
  expect(await written([new Date(Number.NaN)])).toBe(500)
})
