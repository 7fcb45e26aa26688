import { id, many, one, ref, schema, table, timestamp, version } from 'plinth/data'
import type { Actor } from 'plinth/kernel'
import * as v from 'valibot'

const text = v.pipe(v.string(), v.maxLength(50))

const authorsTable = table(
  'authors',
  { id: id(), name: text, email: v.nullable(text) },
  {
    fields: {
      email: { read: (actor) => ({ id: actor.id }), write: (actor) => ({ id: actor.id }) },
    },
  },
)
const postsTable = table('posts', {
  id: id(),
  author: ref(authorsTable),
  title: v.pipe(text, v.nonEmpty()),
  body: v.optional(text),
  stars: v.optional(v.pipe(v.number(), v.integer()), 0),
  draft: v.optional(v.boolean(), false),
  meta: v.nullable(
    v.object({
      room: v.string(),
      seats: v.optional(v.number()),
      deep: v.optional(v.record(v.string(), v.unknown())),
    }),
  ),
  tags: v.optional(v.array(v.string()), []),
  createdAt: timestamp({ default: 'now' }),
  version: version(),
})
const commentsTable = table('comments', {
  id: id(),
  post: ref(postsTable, { onDelete: 'cascade' }),
  by: ref(authorsTable),
  text,
  hidden: v.optional(v.boolean(), false),
})

/** Everybody reads what is published; drafts, and hidden comments, are their author's alone. */
export const blog = schema(
  { authors: authorsTable, posts: postsTable, comments: commentsTable },
  {
    relations: {
      authors: { posts: many('posts', 'author') },
      posts: { writer: one('authors', 'author'), comments: many('comments', 'post') },
      comments: { writer: one('authors', 'by'), on: one('posts', 'post') },
    },
    policies: {
      authors: { read: () => true, update: (actor) => ({ id: actor.id }) },
      posts: {
        read: (actor) => ({ or: [{ draft: false }, { author: actor.id }] }),
        create: (actor) => ({ author: actor.id }),
        update: (actor) => ({ author: actor.id }),
        delete: (actor) => ({ author: actor.id }),
      },
      comments: {
        read: (actor: Actor) => ({ or: [{ hidden: false }, { by: actor.id }] }),
        create: (actor) => ({ by: actor.id }),
      },
    },
  },
)
