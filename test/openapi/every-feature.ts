/** An API that uses whatever an operation and a resource can be made of. */

import { anyone, content, operation, resource, role } from 'plinth/api'
import { column, id, ref, table, timestamp, version } from 'plinth/data'
import * as v from 'valibot'

export const people = table('people', { id: id(), name: v.string() }, { policy: { all: true } })

/** One column of every kind; a row belongs to who created it. */
export const notes = table(
  'notes',
  {
    id: id(),
    owner: ref(people, { default: 'actor' }),
    title: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(20)),
    stars: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
    weight: v.nullable(v.number()),
    size: v.optional(v.bigint()),
    pinned: v.optional(v.boolean(), false),
    due: timestamp({ nullable: true }),
    labels: v.optional(v.array(v.object({ name: v.string() })), []),
    seal: v.optional(v.instance(Uint8Array)),
    createdAt: timestamp({ default: 'now' }),
    version: version(),
  },
  { policy: { all: (actor) => ({ owner: actor.id }) } },
)

/** Open to everyone, with a key that the client brings. */
export const countries = table(
  'countries',
  { code: column(v.pipe(v.string(), v.length(2)), { primaryKey: true }), name: v.string() },
  { policy: { read: true, create: (actor) => actor.roles.includes('staff') } },
)

export const tables = [people, notes, countries]

const measured = operation({
  method: 'GET',
  path: '/measured/:kind/:count',
  summary: 'Echo what parameters are made of',
  tags: ['echo'],
  guard: anyone,
  params: v.object({
    kind: v.picklist(['small', 'large']),
    count: v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(9)),
  }),
  query: v.object({
    tag: v.optional(v.array(v.pipe(v.string(), v.maxLength(5)))),
    at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  }),
  headers: v.object({ 'x-mark': v.optional(v.pipe(v.string(), v.maxLength(8))) }),
  responses: {
    200: v.object({
      kind: v.string(),
      count: v.number(),
      tags: v.array(v.string()),
      at: v.nullable(v.string()),
      mark: v.nullable(v.string()),
    }),
  },
  handler: ({ params, query, headers }) => ({
    status: 200,
    body: {
      ...params,
      tags: query.tag ?? [],
      at: query.at ?? null,
      mark: headers['x-mark'] ?? null,
    },
  }),
})

const sheet = operation({
  method: 'GET',
  path: '/sheet',
  tags: ['echo'],
  guard: anyone,
  responses: { 200: content('text/csv') },
  handler: () => ({ status: 200, body: 'name\nAda\n' }),
})

const close = operation({
  method: 'POST',
  path: '/close',
  tags: ['echo'],
  guard: role('staff'),
  idempotent: true,
  body: v.variant('kind', [
    v.object({ kind: v.literal('now'), force: v.boolean() }),
    v.object({ kind: v.literal('later'), after: v.pipe(v.number(), v.minValue(0)) }),
  ]),
  responses: { 202: v.object({ kind: v.string() }), 409: v.object({ reason: v.string() }) },
  handler: ({ body }) =>
    body.kind === 'later' && body.after > 100
      ? { status: 409, body: { reason: 'too late' } }
      : { status: 202, body: { kind: body.kind } },
})

export const api = {
  notes: resource(notes, { idempotent: true }),
  countries: resource(countries),
  echo: { measured, sheet, close },
}
