import { anyone, content, createApp, type Operation, type OperationTree, role } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'

function operation(spec: Partial<Operation['spec']>): Operation {
  return {
    kind: 'operation',
    spec: { method: 'GET', path: '/x', responses: { 204: null }, guard: anyone, ...spec },
    handler: () => ({ status: 204 }),
  }
}

const id = v.object({ id: v.string() })

describe('misuse of operations', () => {
  it.each<[string, OperationTree, string]>([
    [
      'two on one method and path',
      { notes: { get: operation({}) }, other: operation({}) },
      'operations notes.get and other: both answer GET /x',
    ],
    [
      'two paths equal but for the names of parameters',
      {
        one: operation({ path: '/x/:id', params: id }),
        two: operation({ path: '/x/:key', params: v.object({ key: v.string() }) }),
      },
      'operations one and two: both answer GET /x/{key}',
    ],
    [
      'a number where text arrives',
      { one: operation({ query: v.object({ page: v.optional(v.number()) }) }) },
      'operation one (GET /x): query: "page" is a number, and values here are text; read it from',
    ],
    [
      'the name of a role as guard',
      { one: operation({ guard: 'staff' as never }) },
      'operation one (GET /x): guard is "staff"; expected one such as role(\'staff\')',
    ],
    [
      'a guard that was not made',
      { one: operation({ guard: role as never }) },
      'operation one (GET /x): guard is the function role; expected one such as role(',
    ],
    [
      'a parameter without a key',
      { one: operation({ path: '/x/:id/:part', params: id }) },
      'operation one (GET /x/:id/:part): the path\'s ":part" has no key in params',
    ],
    [
      'a parameter without params',
      { one: operation({ path: '/x/:id' }) },
      'the path\'s ":id" has no key in params',
    ],
    [
      'a key without a parameter',
      { one: operation({ params: id }) },
      'operation one (GET /x): params has "id", the path has no ":id"',
    ],
    [
      'params without names',
      { one: operation({ path: '/x/:id', params: v.record(v.string(), v.string()) }) },
      'params: is a "record" schema',
    ],
    [
      'a header in capitals',
      { one: operation({ headers: v.object({ 'X-A': v.string() }) }) },
      'X-A',
    ],
    [
      'a name that is none',
      { notes: { 'a-b': operation({}) } },
      'operation notes.a-b: "a-b" cannot',
    ],
    ['an empty name', { '': operation({}) }, '"" cannot be a name'],
    [
      'a name that promises have',
      Object.fromEntries([['then', operation({})]]),
      '"then" cannot be a name',
    ],
    ['a name that objects have', { constructor: operation({}) }, '"constructor" cannot be a name'],
    [
      'something else in the tree',
      { notes: 7 as never },
      'operation notes: is 7, not an operation',
    ],
    ['nothing in the tree', { notes: null as never }, 'operation notes: is null'],
    [
      'a body on GET',
      { one: operation({ body: id }) },
      'operation one (GET /x): a GET has no body',
    ],
    [
      'idempotent without a transaction',
      { one: operation({ method: 'POST', idempotent: true, transaction: false }) },
      'operation one (POST /x): idempotent needs a transaction',
    ],
    ['idempotent GET', { one: operation({ idempotent: true }) }, 'idempotent needs a transaction'],
    ['a method that is none', { one: operation({ method: 'get' as 'GET' }) }, 'method is "get"'],
    ['HEAD', { one: operation({ method: 'HEAD' as 'GET' }) }, 'method is "HEAD"'],
    [
      'a misspelt part',
      { one: operation({ gaurd: anyone } as object) },
      'operation one (GET /x): option "gaurd" is unknown; expected method, path, ',
    ],
    [
      'no handler',
      { one: { ...operation({}), handler: undefined as never } },
      'operation one (GET /x): has no function as handler',
    ],
    [
      'a body of schemas instead of a schema',
      { one: operation({ method: 'POST', body: { title: v.string() } as never }) },
      'operation one (POST /x): body: is not a schema',
    ],
    [
      'a schema that follows no standard',
      { one: operation({ query: { parse: () => ({}) } as never }) },
      'operation one (GET /x): query: is not a schema',
    ],
    [
      'a response without a schema',
      { one: operation({ responses: { 200: undefined as never } }) },
      'operation one (GET /x): the response 200: is no schema',
    ],
    [
      'forgotten responses',
      { one: operation({ responses: undefined as never }) },
      'operation one (GET /x): declares no responses',
    ],
    ['no responses', { one: operation({ responses: {} }) }, 'declares no responses'],
    ['a status too small', { one: operation({ responses: { 100: null } }) }, 'the response "100"'],
    ['a status too large', { one: operation({ responses: { 600: null } }) }, 'the response "600"'],
    ['half a status', { one: operation({ responses: { 200.5: null } }) }, 'the response "200.5"'],
    ['a body of 204', { one: operation({ responses: { 204: id } }) }, 'declares a body for 204'],
    [
      'content of 304',
      { one: operation({ responses: { 304: content('a/b') } }) },
      'a body for 304',
    ],
    ['a negative limit', { one: operation({ bodyLimit: -1 }) }, 'bodyLimit: is -1'],
    ['half a limit', { one: operation({ bodyLimit: 0.5 }) }, 'bodyLimit: is 0.5'],
    ['no time', { one: operation({ timeout: 0 }) }, 'timeout: is 0'],
    [
      'a time that no timer knows',
      { one: operation({ timeout: 2 ** 31 }) },
      'from 1 to 2147483647',
    ],
    ['an endless time', { one: operation({ timeout: Number.POSITIVE_INFINITY }) }, 'is Infinity'],
    ['a relative path', { one: operation({ path: 'x' }) }, 'path "x" does not begin with "/"'],
    ['an empty path', { one: operation({ path: '' }) }, 'path "" does not begin with "/"'],
    ['a trailing slash', { one: operation({ path: '/x/' }) }, 'has the segment ""'],
    ['an empty segment', { one: operation({ path: '//x' }) }, 'has the segment ""'],
    ['a dot segment', { one: operation({ path: '/x/..' }) }, 'has the segment ".."'],
    ['a wildcard', { one: operation({ path: '/x/*' }) }, 'has the segment "*"'],
    ['an optional parameter', { one: operation({ path: '/x/:id?' }) }, 'has the segment ":id?"'],
    ['a pattern', { one: operation({ path: '/x/:id{[0-9]+}' }) }, 'has the segment ":id{[0-9]+}"'],
    ['an encoded segment', { one: operation({ path: '/x%20y' }) }, 'has the segment "x%20y"'],
    ['a nameless parameter', { one: operation({ path: '/x/:' }) }, 'has the segment ":"'],
    ['OpenAPI’s spelling', { one: operation({ path: '/x/{id}' }) }, 'has the segment "{id}"'],
    [
      'a parameter twice',
      { one: operation({ path: '/x/:id/:id', params: id }) },
      'has the parameter ":id" twice',
    ],
    [
      'a schema that answers later',
      { one: operation({ method: 'POST', body: v.objectAsync({}) as never }) },
      'asynchronous',
    ],
  ])('fails at start for %s', (_, operations, message) => {
    expect(() => createApp({ operations })).toThrow(
      expect.objectContaining({ code: 'misuse', message: expect.stringContaining(message) }),
    )
  })

  it.each<[object, string]>([
    [{ bodyBytes: 0 }, 'limits.bodyBytes: is 0'],
    [{ jsonDepth: 1.5 }, 'limits.jsonDepth: is 1.5'],
    [{ jsonDepth: 100_000 }, 'limits.jsonDepth: is 100000; expected an integer from 1 to 1000'],
    [{ timeout: '30s' }, 'limits.timeout: is 30s'],
    [{ timeOut: 1 }, 'limits: "timeOut" is unknown; there are bodyBytes, jsonDepth, timeout'],
  ])('fails at start for the limits %j', (limits, message) => {
    expect(() => createApp({ operations: {}, limits })).toThrow(message)
  })

  it('lets one path have several methods and names', () => {
    const operations = {
      get: operation({ path: '/x/:id', params: id }),
      remove: operation({
        method: 'DELETE',
        path: '/x/:key',
        params: v.object({ key: v.string() }),
      }),
    }
    expect(() => createApp({ operations })).not.toThrow()
  })
})
