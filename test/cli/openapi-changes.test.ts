import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDocuments } from '../../src/cli/openapi/compare.ts'
import type { Document, Operation, Schema } from '../../src/cli/openapi/document.ts'

const text = { type: 'string' } as const
const object = (properties: Record<string, Schema>, required: string[] = []): Schema => {
  return { type: 'object', properties, required }
}
const closed = (properties: Record<string, Schema>, required: string[] = []): Schema => {
  return { ...object(properties, required), additionalProperties: false }
}

function documentOf(operation: Operation, components: Document['components'] = {}): Document {
  return { openapi: '3.1.0', paths: { '/notes/{id}': { post: operation } }, components }
}

/** What has changed between two forms of one operation, each as a line; `!` says that it breaks. */
function changed(before: Operation, after: Operation): string[] {
  return compareDocuments(documentOf(before), documentOf(after)).map(
    ({ place, reason, breaking }) => {
      return `${breaking ? '! ' : ''}${place.replace('POST /notes/{id}', '').trim()}: ${reason}`
    },
  )
}

const taking = (schema: Schema): Operation => {
  return { requestBody: { required: true, content: { 'application/json': { schema } } } }
}
const giving = (schema: Schema): Operation => {
  return { responses: { 200: { content: { 'application/json': { schema } } } } }
}
const query = (schema: Schema, required = false): Operation => {
  return { parameters: [{ name: 'q', in: 'query', required, schema }] }
}

describe('an operation', () => {
  it.each<[string, Document, Document, object[]]>([
    [
      'that is gone',
      documentOf({ operationId: 'notes.add' }),
      { paths: {} },
      [{ place: 'POST /notes/{id} (notes.add)', reason: 'was removed', breaking: true }],
    ],
    [
      'that is somewhere else',
      documentOf({ operationId: 'notes.add' }),
      { paths: { '/notes/{id}': { put: { operationId: 'notes.add' } } } },
      [
        {
          place: 'POST /notes/{id} (notes.add)',
          reason: 'moved to PUT /notes/{id}',
          breaking: true,
        },
        { place: 'PUT /notes/{id} (notes.add)', reason: 'is new', breaking: false },
      ],
    ],
    [
      'that is new',
      { paths: {} },
      documentOf({}),
      [{ place: 'POST /notes/{id}', reason: 'is new', breaking: false }],
    ],
    [
      'whose path calls its parameter otherwise',
      documentOf({ parameters: [{ name: 'id', in: 'path', required: true, schema: text }] }),
      {
        paths: {
          '/notes/{key}': {
            post: { parameters: [{ name: 'key', in: 'path', required: true, schema: text }] },
          },
        },
      },
      [],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(compareDocuments(before, after)).toEqual(expected)
  })

  it.each<[string, Operation, Operation, string[]]>([
    ['named otherwise', { operationId: 'a' }, { operationId: 'b' }, ['! (a): is named b now']],
    ['deprecated', {}, { deprecated: true }, [': is deprecated now']],
    [
      'no longer open',
      { security: [] },
      { security: [{ cookie: [] }, { bearer: [] }] },
      ['! security: asks for cookie or bearer now'],
    ],
    [
      'that a cookie does not open any more',
      { security: [{ cookie: [] }, { bearer: [] }] },
      { security: [{ bearer: [] }] },
      ['! security: cookie does not open it any more'],
    ],
    ['opened', { security: [{ bearer: [] }] }, {}, ['security: asks for nothing any more']],
    [
      'for others',
      { 'x-guard': 'signed in' },
      { 'x-guard': 'role staff' },
      ['security: is for "role staff" now, was for "signed in"'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changed(before, after)).toEqual(expected)
  })
})

describe('a parameter', () => {
  it.each<[string, Operation, Operation, string[]]>([
    ['gone from the query', query(text), {}, ['! query q: is not taken any more']],
    [
      'gone from the header',
      { parameters: [{ name: 'X-Mark', in: 'header', schema: text }] },
      {},
      ['header X-Mark: is not taken any more'],
    ],
    ['new', {}, query(text), ['query q: is new']],
    ['new and required', {}, query(text, true), ['! query q: is new and required']],
    ['required now', query(text), query(text, true), ['! query q: is required now']],
    ['optional now', query(text, true), query(text), ['query q: is optional now']],
    [
      'of fewer values',
      query({ enum: ['a', 'b'] }),
      query({ enum: ['a'] }),
      ['! query q: does not take "b" any more'],
    ],
    [
      'of more values',
      query({ enum: ['a'] }),
      query({ enum: ['a', 'b'] }),
      ['query q: takes "b" as well'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changed(before, after)).toEqual(expected)
  })
})

describe('a body', () => {
  it.each<[string, Schema, Schema, string[]]>([
    [
      'newly required',
      closed({ a: text }),
      closed({ a: text }, ['a']),
      ['! body.a: is required now'],
    ],
    ['optional now', closed({ a: text }, ['a']), closed({ a: text }), ['body.a: is optional now']],
    ['without a key', closed({ a: text }), closed({}), ['! body.a: is not taken any more']],
    ['with a key more', closed({}), closed({ a: text }), ['body.a: is new']],
    ['closed now', object({}), closed({}), ['! body.*: is not taken any more']],
    [
      'of another type',
      text,
      { type: 'integer' },
      ['! body: does not take text any more', 'body: takes a whole number as well'],
    ],
    [
      'of numbers at last',
      { type: 'integer' },
      { type: 'number' },
      ['body: takes a number as well'],
    ],
    [
      'without null',
      { anyOf: [text, { type: 'null' }] },
      text,
      ['! body: does not take null any more'],
    ],
    [
      'shorter',
      { ...text, maxLength: 9 },
      { ...text, maxLength: 8 },
      ['! body: does not take more than 8 characters any more'],
    ],
    [
      'longer',
      { ...text, maxLength: 8 },
      { ...text, maxLength: 9 },
      ['body: takes more than 8 characters as well'],
    ],
    [
      'not empty',
      text,
      { ...text, minLength: 1 },
      ['! body: does not take less than 1 characters any more'],
    ],
    [
      'of a narrower range',
      { type: 'integer', minimum: 0 },
      { type: 'integer', exclusiveMinimum: 0, maximum: 5 },
      ['! body: does not take 0 or less any more', '! body: does not take more than 5 any more'],
    ],
    [
      'of a format',
      text,
      { ...text, format: 'uuid' },
      ['! body: does not take text that is no uuid any more'],
    ],
    [
      'of a pattern',
      { ...text, pattern: '^a' },
      { ...text, pattern: '^b' },
      [
        '! body: does not take text that does not match ^b any more',
        'body: takes text that does not match ^a as well',
      ],
    ],
    [
      'deep below',
      closed({ lines: { type: 'array', items: closed({ n: { type: 'integer' } }) } }),
      closed({ lines: { type: 'array', items: closed({ n: { type: 'integer', maximum: 3 } }) } }),
      ['! body.lines[].n: does not take more than 3 any more'],
    ],
    [
      'that is one of fewer',
      {
        oneOf: [
          closed({ kind: { const: 'a' } }, ['kind']),
          closed({ kind: { const: 'b' } }, ['kind']),
        ],
      },
      { oneOf: [closed({ kind: { const: 'a' } }, ['kind'])] },
      ['! body.kind: does not take "b" any more'],
    ],
    ['of anything', {}, text, ['! body: does not take any value any more']],
  ])('%s', (_, before, after, expected) => {
    expect(changed(taking(before), taking(after)).sort()).toEqual(expected.toSorted())
  })

  it.each<[string, Operation, Operation, string[]]>([
    ['new and required', {}, taking(text), ['! body: is new and required']],
    ['not read any more', taking(text), {}, ['body: is not read any more']],
    [
      'of another media type',
      taking(text),
      { requestBody: { required: true, content: { 'text/plain': {} } } },
      ['! body: application/json is not taken any more', 'body: text/plain is taken as well'],
    ],
    [
      'required now',
      { requestBody: { content: {} } },
      { requestBody: { required: true, content: {} } },
      ['! body: is required now'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changed(before, after)).toEqual(expected)
  })
})

describe('an answer', () => {
  it.each<[string, Schema, Schema, string[]]>([
    ['with less', object({ a: text }, ['a']), object({}), ['! answer 200.a: may be absent now']],
    ['with more', object({}), object({ a: text }, ['a']), ['answer 200.a: is always there now']],
    [
      'with perhaps less',
      object({ a: text }, ['a']),
      object({ a: text }),
      ['! answer 200.a: may be absent now'],
    ],
    ['that may be null', text, { type: ['string', 'null'] }, ['! answer 200: may be null now']],
    [
      'that is never null',
      { type: ['string', 'null'] },
      text,
      ['answer 200: is never null any more'],
    ],
    ['with a new word', { enum: ['a'] }, { enum: ['a', 'b'] }, ['! answer 200: may be "b" now']],
    [
      'of another type',
      { type: 'integer' },
      { type: 'number' },
      ['! answer 200: may be a number now'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changed(giving(before), giving(after))).toEqual(expected)
  })

  it.each<[string, Operation['responses'], Operation['responses'], string[]]>([
    [
      'that is not given',
      { 200: {}, 201: {} },
      { 201: {} },
      ['! answer 200: is not given any more'],
    ],
    [
      'that refuses no more',
      { 200: {}, 409: {} },
      { 200: {} },
      ['answer 409: is not given any more'],
    ],
    ['that is new', { 200: {} }, { 200: {}, 429: {} }, ['answer 429: is new']],
    [
      'without a header field',
      { 200: { headers: { ETag: {} } } },
      { 200: {} },
      ['! answer 200 header ETag: is not sent any more'],
    ],
    [
      'of another media type',
      { 200: { content: { 'text/csv': {} } } },
      { 200: { content: { 'text/html': {} } } },
      ['! answer 200: text/csv is not given any more', 'answer 200: text/html may be given now'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changed({ responses: before ?? {} }, { responses: after ?? {} })).toEqual(expected)
  })

  it('is compared through components, also those that hold themselves', () => {
    const tree = (leaf: Schema) => ({
      schemas: {
        Tree: object({
          leaf,
          kids: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
        }),
      },
    })
    const give = giving({ $ref: '#/components/schemas/Tree' })
    const before = documentOf(give, tree(text))
    expect(compareDocuments(before, documentOf(give, tree(text)))).toEqual([])
    expect(
      compareDocuments(before, documentOf(give, tree({ type: ['string', 'null'] }))),
    ).toMatchObject([{ reason: 'may be null now', breaking: true }])
  })
})

describe('whatever a document says', () => {
  const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<Schema>(text, { type: 'integer' }, { type: 'null' }, {}, { const: 1 }),
      fc.record<Schema>({
        type: fc.constant('string'),
        maxLength: fc.nat(9),
        minLength: fc.nat(9),
      }),
      fc.record<Schema>(
        { type: fc.constant('number'), minimum: fc.nat(9), exclusiveMaximum: fc.nat(9) },
        { requiredKeys: ['type'] },
      ),
      fc.constantFrom<Schema>(
        { enum: ['a', 1, null] },
        { type: ['string', 'null'], format: 'uuid' },
      ),
      tie('schema').map((items): Schema => ({ type: 'array', items })),
      fc.tuple(tie('schema'), tie('schema')).map((anyOf): Schema => ({ anyOf })),
      fc
        .tuple(tie('schema'), fc.boolean())
        .map(([a, required]) => closed({ a }, required ? ['a'] : [])),
      tie('schema').map((b) => object({ b, self: { $ref: '#/components/schemas/Self' } }, ['b'])),
    ),
  }))
  const operation = fc.record<Operation>({
    parameters: fc
      .tuple(schema, fc.boolean())
      .map(([given, required]) => [{ name: 'q', in: 'query', required, schema: given }]),
    requestBody: schema.map((given) => taking(given).requestBody ?? {}),
    responses: schema.map((given) => giving(given).responses ?? {}),
  })
  const documents = fc.tuple(operation, schema).map(([given, Self]) => {
    return documentOf(given, { schemas: { Self } })
  })

  it('has not changed beside itself', () => {
    fc.assert(
      fc.property(documents, (document) => {
        expect(compareDocuments(document, structuredClone(document))).toEqual([])
      }),
    )
  })

  it('is not broken by a parameter that may be left out', () => {
    fc.assert(
      fc.property(documents, schema, (document, added) => {
        const later = structuredClone(document)
        const { parameters = [] } = later.paths?.['/notes/{id}']?.['post'] ?? {}
        ;(parameters as unknown[]).push({
          name: 'more',
          in: 'query',
          required: false,
          schema: added,
        })
        const changes = compareDocuments(document, later)
        expect(changes).toHaveLength(1)
        expect(changes[0]).toMatchObject({ reason: 'is new', breaking: false })
      }),
    )
  })

  it('breaks one way or the other when an answer becomes optional', () => {
    fc.assert(
      fc.property(schema, (given) => {
        const [whole, part] = [giving(object({ given }, ['given'])), giving(object({ given }))]
        expect(changed(whole, part)).toEqual(['! answer 200.given: may be absent now'])
        expect(changed(part, whole)).toEqual(['answer 200.given: is always there now'])
      }),
    )
  })
})
