/** The tables of the API that uses every feature. */

import { column, id, many, one, ref, schema, table, timestamp, version } from 'plinth/data'
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

/** A row is only changed by who says which version is meant. */
export const drafts = table(
  'drafts',
  {
    id: id(),
    author: ref(people, { default: 'actor' }),
    text: v.pipe(v.string(), v.maxLength(100)),
    meta: v.optional(v.object({ tags: v.array(v.string()), stars: v.optional(v.number()) }), {
      tags: [],
    }),
    version: version(),
  },
  { policy: { all: (actor) => ({ author: actor.id }) } },
)

const articlesTable = table(
  'articles',
  { id: id(), author: ref(people), title: v.pipe(v.string(), v.maxLength(50)) },
  { policy: { all: true } },
)
const remarksTable = table(
  'remarks',
  { id: id(), article: ref(articlesTable), text: v.string() },
  { policy: { all: true } },
)
const related = schema(
  { people, articles: articlesTable, remarks: remarksTable },
  { relations: { articles: { by: one('people', 'author'), remarks: many('remarks', 'article') } } },
)
export const articles = related.articles

export const tables = [notes, countries, drafts, ...Object.values(related)]
