import { column, id, ref, table, timestamp } from 'plinth/data'
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
    changedAt: timestamp({ default: 'now', onUpdate: 'now' }),
  },
  { policy: { all: (actor) => ({ owner: actor.id }) } },
)

/** Open to everyone, with a key that the client brings. */
export const countries = table(
  'countries',
  { code: column(v.pipe(v.string(), v.length(2)), { primaryKey: true }), name: v.string() },
  { policy: { read: true, create: (actor) => actor.roles.includes('staff') } },
)
