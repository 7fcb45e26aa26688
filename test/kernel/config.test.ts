import { PlinthError, readConfig, type Secret, secret } from 'plinth/kernel'
import * as v from 'valibot'
import { expect, expectTypeOf, test } from 'vitest'

const port = v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(65_535))

function failure(run: () => unknown): PlinthError {
  try {
    run()
  } catch (error) {
    if (error instanceof PlinthError) return error
  }
  throw new Error('expected a PlinthError')
}

test('reads and converts variables by their schemas', () => {
  const config = readConfig({ PORT: port, NAME: v.optional(v.string(), 'shop') }, { PORT: '8080' })
  expect(config).toEqual({ PORT: 8080, NAME: 'shop' })
  expectTypeOf(config).toEqualTypeOf<{ readonly PORT: number; readonly NAME: string }>()
})

test('takes an empty variable for an absent one', () => {
  expect(readConfig({ PORT: v.optional(port, '3000') }, { PORT: '' })).toEqual({ PORT: 3000 })
})

test('reports all problems at once with their names', () => {
  const error = failure(() =>
    readConfig(
      { PORT: port, URL: v.pipe(v.string(), v.url()), MISSING: v.string() },
      { PORT: 'abc', URL: 'x' },
    ),
  )
  expect(error.code).toBe('invalid_config')
  expect(error.message).toContain('PORT: ')
  expect(error.message).toContain('received "abc"')
  expect(error.message).toContain('URL: ')
  expect(error.message).toContain('MISSING: is not set')
  expect(error.details?.issues).toHaveLength(3)
})

test('never prints the value of a secret', () => {
  const entries = {
    KEY: secret(v.pipe(v.string(), v.regex(/^k-/))),
    OTHER: v.optional(secret(v.pipe(v.string(), v.minLength(99)))),
  }
  const error = failure(() => readConfig(entries, { KEY: 'hunter2', OTHER: 'hunter3' }))
  expect(JSON.stringify([error.message, error.details])).not.toContain('hunter')
  expect(error.message).toContain('KEY: expected')
  expect(error.message).toContain('value hidden')
})

test('gives secrets out only on reveal', async () => {
  const { KEY } = readConfig({ KEY: secret(v.string()) }, { KEY: 'hunter2' })
  expectTypeOf(KEY).toEqualTypeOf<Secret<string>>()
  const { inspect } = await import('node:util')
  expect(`${KEY} ${JSON.stringify({ KEY })} ${inspect(KEY)}`).not.toContain('hunter2')
  expect(KEY.reveal()).toBe('hunter2')
})

test('reads the environment of the process by default', () => {
  process.env.PLINTH_CONFIG_TEST = 'here'
  expect(readConfig({ PLINTH_CONFIG_TEST: v.string() })).toEqual({ PLINTH_CONFIG_TEST: 'here' })
  delete process.env.PLINTH_CONFIG_TEST
})
