import { anyone, createApp, defineOperation } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'

const operation = defineOperation()
const declared = {
  method: 'POST',
  path: '/loans/:id',
  guard: anyone,
  params: v.object({ id: v.string() }),
  body: v.object({ days: v.pipe(v.number(), v.minValue(1)) }),
  responses: { 201: v.object({ due: v.string() }), 204: null },
} as const
const handler = () => ({ status: 204 }) as const

/** What is said at start of an example that the compiler did not see. */
function told(example: object): string {
  const lend = operation({ ...declared, examples: { short: example as never }, handler })
  try {
    createApp({ operations: { lend } })
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('an example', () => {
  it('is taken when it passes the schemas', () => {
    const response = { status: 201, body: { due: 'tomorrow' } }
    expect(told({ params: { id: '1' }, body: { days: 1 }, response })).toBe('')
    expect(told({ summary: 'Nothing to say.', response: { status: 204 } })).toBe('')
  })

  it.each([
    [{ body: { days: 0 } }, 'body.days'],
    [{ body: { days: 1, day: 1 } }, 'body.day'],
    [{ params: {} }, 'params.id'],
    [{ query: { q: 'x' } }, 'has query, which the operation does not read'],
    [{ answer: {} }, 'option "answer" is unknown'],
    [{ response: { status: 200 } }, 'answers 200, which is not declared'],
    [{ response: { status: 201, body: { due: 1 } } }, 'response.body.due'],
    [{ response: { status: 201 } }, 'response.body'],
  ])('is refused at start, naming operation and example: %j', (example, problem) => {
    const message = told(example)
    expect(message).toContain('operation lend (POST /loans/:id): the example "short"')
    expect(message).toContain(problem)
  })

  it('is of the types of the schemas', () => {
    operation({
      ...declared,
      examples: {
        wrong: {
          // @ts-expect-error a number is wanted
          body: { days: 'one' },
          // @ts-expect-error 200 is not declared
          response: { status: 200 },
        },
      },
      handler,
    })
  })
})

describe('what is said for the description alone', () => {
  const about = (spec: object): string => {
    const lend = operation({ ...declared, ...spec, handler })
    try {
      createApp({ operations: { lend } })
      return ''
    } catch (error) {
      return String(error)
    }
  }

  it('is taken when it can be true', () => {
    const errors = { 409: ['lent', 'lost'], 503: ['closed'] }
    expect(about({ errors, responseHeaders: { 201: { location: 'Where it is.' } } })).toBe('')
  })

  it.each([
    [{ errors: { 200: ['fine'] } }, 'errors names the status 200'],
    [{ errors: { 409: [] } }, 'errors.409 is []'],
    [{ errors: { 409: 'lent' } }, 'errors.409 is "lent"'],
    [{ responseHeaders: { 200: { etag: 'x' } } }, 'responseHeaders names the status 200'],
    [{ responseHeaders: { 201: { 'e tag': 'x' } } }, 'responseHeaders.201 has "e tag"'],
    [{ responseHeaders: { 201: { etag: '' } } }, 'responseHeaders.201 has "etag"'],
  ])('is refused at start when it cannot: %j', (spec, problem) => {
    expect(about(spec)).toContain(`operation lend (POST /loans/:id): ${problem}`)
  })
})
