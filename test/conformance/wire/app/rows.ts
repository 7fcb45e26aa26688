/** Operations with a database: resources with all that they can be asked for. */

import { apiTables, operation, rateLimit, resource } from 'plinth/api'
import {
  type Database,
  id,
  many,
  one,
  open,
  ref,
  schema,
  table,
  timestamp,
  version,
} from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { PEOPLE, personId } from '../people.ts'

const people = table('people', { id: id(), name: v.string() }, { policy: { all: true } })
const own = { all: (actor: { id: string }) => ({ owner: actor.id }) }
const title = v.pipe(v.string(), v.nonEmpty(), v.maxLength(20))

const foldersTable = table(
  'folders',
  { id: id(), owner: ref(people, { default: 'actor' }), title },
  { policy: own },
)
const notesTable = table(
  'notes',
  {
    id: id(),
    owner: ref(people, { default: 'actor' }),
    folder: ref(foldersTable, { nullable: true }),
    title,
    stars: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
    size: v.optional(v.bigint()),
    pinned: v.optional(v.boolean(), false),
    due: timestamp({ nullable: true }),
    meta: v.optional(v.object({ tags: v.array(v.string()), at: v.optional(v.string()) }), {
      tags: [],
    }),
    secret: v.optional(v.string(), 'hidden'),
    version: version(),
  },
  { policy: own },
)
const { notes, folders } = schema(
  { notes: notesTable, folders: foldersTable },
  {
    relations: {
      notes: { in: one('folders', 'folder') },
      folders: { notes: many('notes', 'folder') },
    },
  },
)
const shown = [
  'id',
  'owner',
  'folder',
  'title',
  'stars',
  'size',
  'pinned',
  'due',
  'meta',
  'version',
] as const

/** Mounted beside the operations that need no database. */
export const rows = {
  notes: resource(notes, {
    select: shown,
    readonly: ['pinned', 'secret'],
    fields: true,
    idempotent: true,
    include: { in: { select: ['id', 'title'] } },
    list: { maxLimit: 20, total: true },
    bulk: { create: 3, update: 3, delete: 3 },
    actions: {
      pin: operation({
        method: 'POST',
        path: '/:id/pin',
        params: v.object({ id: v.string() }),
        responses: { 204: null, 404: v.object({ code: v.literal('nothing') }) },
        handler: async ({ db, params }) =>
          (await db.update(notes, params.id, { pinned: true }))
            ? { status: 204 }
            : { status: 404, body: { code: 'nothing' } },
      }),
    },
  }),
  folders: resource(folders, {
    requireMatch: false,
    replace: 'upsert',
    include: { notes: { select: ['id', 'title'], limit: 2 } },
    operations: { delete: false },
  }),
  drafts: resource(notes, {
    path: '/drafts',
    select: shown,
    readonly: ['secret'],
    requireMatch: true,
    only: ['get', 'create', 'replace', 'update', 'delete'],
  }),
  counted: operation({
    method: 'POST',
    path: '/counted',
    limits: [rateLimit({ name: 'counted', limit: 2, window: 3_600_000, store: 'database' })],
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  }),
  undone: operation({
    method: 'POST',
    path: '/undone/:how',
    params: v.object({ how: v.picklist(['answer', 'throw']) }),
    responses: { 204: null, 409: v.object({ code: v.literal('sold_out') }) },
    handler: async ({ db, params }) => {
      await db.create(notes, { title: 'Gone' })
      if (params.how === 'throw') throw new TypeError('hidden')
      return { status: 409, body: { code: 'sold_out' } }
    },
  }),
}

/** Opens the database, with those who may call in it. */
export async function openRows(): Promise<Database> {
  const database = await open(sqlite(':memory:', [people, notes, folders]), { tables: apiTables })
  await database.migrate()
  const all = Array.from({ length: PEOPLE }, (_, index) => ({ id: personId(index), name: 'N.' }))
  for (let at = 0; at < all.length; at += 200) {
    await database.system.createMany(people, all.slice(at, at + 200))
  }
  return database
}
