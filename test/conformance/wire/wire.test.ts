import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveBoth } from './app/serve-both.ts'
import { cases } from './cases/all.ts'
import { runCase } from './check.ts'
import { PEOPLE } from './people.ts'

let served: Awaited<ReturnType<typeof serveBoth>>
beforeAll(async () => {
  served = await serveBoth()
})
afterAll(() => served.close())

it('has cases of different titles', () => {
  const names = cases.map(({ topic, title }) => `${topic}: ${title}`)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  expect(cases.length).toBeGreaterThan(500)
  expect(cases.length * 2).toBeLessThanOrEqual(PEOPLE)
})

describe.each([...new Set(cases.map(({ topic }) => topic))])('over HTTP: %s', (topic) => {
  for (const [index, each] of cases.entries()) {
    if (each.topic !== topic) continue
    it.concurrent(each.title, () => runCase(each, { ports: served.ports, index }))
  }
})
