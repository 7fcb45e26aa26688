import { markOf, marksIn, PlinthError, personal, readConfig, Secret, secret } from 'plinth/kernel'
import * as v from 'valibot'
import { expect, expectTypeOf, test } from 'vitest'

test('leaves what a schema takes and gives', () => {
  const schema = secret(v.pipe(v.string(), v.minLength(3)))
  expect(v.parse(schema, 'abc')).toBe('abc')
  expect(v.safeParse(schema, 'a').success).toBe(false)
  expectTypeOf<v.InferOutput<typeof schema>>().toEqualTypeOf<string>()
})

const MARKED: readonly [string, v.GenericSchema][] = [
  ['itself', secret(v.string())],
  ['optional', v.optional(secret(v.string()), 'x')],
  ['nullish around', secret(v.nullish(v.string()))],
  ['a pipe', v.pipe(secret(v.string()), v.trim(), v.minLength(1))],
  ['a schema in a pipe', v.pipe(v.string(), v.transform(Number), secret(v.number()))],
  ['items of an array', v.array(secret(v.string()))],
  ['items of a tuple', v.tuple([v.number(), secret(v.string())])],
  ['the rest of a tuple', v.tupleWithRest([v.number()], secret(v.string()))],
  ['values of a record', v.record(v.string(), secret(v.string()))],
  ['one side of a union', v.union([v.number(), secret(v.string())])],
  ['both marks', v.union([personal(v.number()), secret(v.string())])],
  ['a lazy schema', v.lazy(() => secret(v.string()))],
  ['an object', secret(v.object({ street: v.string() }))],
]

test.each(MARKED)('finds the mark of %s', (_, schema) => {
  expect(markOf(schema)).toBe('secret')
})

test('finds no mark where none stands', () => {
  for (const schema of [v.string(), v.object({ a: secret(v.string()) }), undefined, 7, {}]) {
    expect(markOf(schema)).toBeUndefined()
  }
})

test('names marked members at any depth', () => {
  const schema = v.object({
    email: personal(v.string()),
    plain: v.string(),
    payment: v.optional(
      v.variant('kind', [
        v.object({ kind: v.literal('card'), pan: secret(v.string()) }),
        v.object({
          kind: v.literal('iban'),
          lines: v.array(v.object({ iban: secret(v.string()) })),
        }),
      ]),
    ),
  })
  expect(Object.fromEntries(marksIn(schema))).toEqual({
    email: 'personal',
    pan: 'secret',
    iban: 'secret',
  })
})

test('follows schemas that contain themselves', () => {
  const node: v.GenericSchema = v.object({
    pin: secret(v.string()),
    children: v.array(v.lazy(() => node)),
  })
  const endless = (): v.GenericSchema =>
    v.object({ key: secret(v.string()), next: v.lazy(endless) })
  const broken = v.object({ child: v.lazy((input) => (input as { a: { b: never } }).a.b) })
  expect([...marksIn(node).keys()]).toEqual(['pin'])
  expect([...marksIn(endless()).keys()]).toEqual(['key'])
  expect([...marksIn(broken).keys()]).toEqual([])
})

test('refuses to mark what is no schema', () => {
  // @ts-expect-error: a string is none
  expect(() => secret('text')).toThrow(PlinthError)
})

test('hides marked variables wherever the mark stands', () => {
  const { A, B, C } = readConfig(
    {
      A: v.optional(secret(v.string())),
      B: v.pipe(
        secret(v.string()),
        v.transform((text) => text.length),
      ),
      C: v.optional(secret(v.string())),
    },
    { A: 'one', B: 'four' },
  )
  expectTypeOf(A).toEqualTypeOf<Secret<string> | undefined>()
  expectTypeOf(B).toEqualTypeOf<Secret<number>>()
  expect(A?.reveal()).toBe('one')
  expect(B).toBeInstanceOf(Secret)
  expect(B.reveal()).toBe(4)
  expect(C).toBeUndefined()
})

test('leaves personal variables as they are', () => {
  const config = readConfig({ OWNER: personal(v.string()) }, { OWNER: 'ada' })
  expectTypeOf(config).toEqualTypeOf<{ readonly OWNER: string }>()
  expect(config).toEqual({ OWNER: 'ada' })
})
