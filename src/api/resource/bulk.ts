import * as v from 'valibot'
import type { Handle } from '../../data/index.ts'
import type { Operation } from '../../http/index.ts'
import { found } from '../found.ts'
import { changeSchema, insertSchema } from '../wire/values.ts'
import { finish } from './asked.ts'
import { createMerge } from './change.ts'
import { define } from './define.ts'
import { isRefusal, placed } from './placed.ts'
import type { Rows } from './rows.ts'

type Values = Readonly<Record<string, unknown>>

/** Creates all rows or none. */
export function createMany(rows: Rows, limit: number): Operation {
  const { table, omit } = rows
  const body = v.pipe(v.array(insertSchema(table, { omit })), v.minLength(1), v.maxLength(limit))
  return define(rows, 'createMany', {
    body,
    responses: { 201: itemsOf(rows) },
    handler: async ({ db, body }) => {
      try {
        return { status: 201, body: answered(rows, await db.createMany(table, body)) }
      } catch (error) {
        if (isRefusal(error)) await findFault(db, rows, body)
        throw error
      }
    },
  })
}

/** Creates the rows one by one, to say of the first that cannot be which it is. All will be undone. */
async function findFault(db: Handle, { table }: Rows, values: readonly Values[]): Promise<void> {
  for (const [at, row] of values.entries()) {
    await placed({ item: `body.${at}` }, () => db.create(table, row))
  }
}

/** Changes all rows or none, each by a merge patch of its own. */
export function updateMany(rows: Rows, limit: number): Operation {
  const { table, isId } = rows
  const merge = createMerge(rows)
  const change = v.object({ id: v.string(), patch: patchSchema(rows) })
  return define(rows, 'updateMany', {
    ...merge.transaction,
    body: v.pipe(
      v.array(change),
      v.minLength(1),
      v.maxLength(limit),
      different(({ id }) => id),
    ),
    responses: { 200: itemsOf(rows) },
    handler: async ({ db, body }) => {
      const changes: readonly { id: string; patch: Values }[] = body
      const changed: object[] = []
      for (const [at, { id, patch }] of changes.entries()) {
        const place = { item: `body.${at}`, values: `body.${at}.patch` }
        const change = async () =>
          db.update(table, id, await merge.complete(db, { id, patch, at: place.values }))
        changed.push(await placed(place, async () => found(isId(id) && (await change()))))
      }
      return { status: 200, body: answered(rows, changed) }
    },
  })
}

/** Where rows are only changed by who says which version is meant, each patch says it. */
function patchSchema({ table, omit, version, options }: Rows): v.GenericSchema {
  const schema = changeSchema(table, { omit, side: 'merge' })
  if (version === undefined || !options.requireMatch) return schema
  const named = schema.entries[version]
  return named ? v.object({ ...schema.entries, [version]: named.wrapped }) : schema
}

/** Deletes all rows or none. */
export function deleteMany(rows: Rows, limit: number): Operation {
  const { table, isId } = rows
  const ids = v.pipe(
    v.array(v.string()),
    v.minLength(1),
    v.maxLength(limit),
    different((id) => id),
  )
  return define(rows, 'deleteMany', {
    query: v.object({ id: ids }),
    responses: { 204: null },
    handler: async ({ db, query }) => {
      for (const [at, id] of (query['id'] as readonly string[]).entries()) {
        const item = `query.id.${at}`
        await placed({ item }, async () => found(isId(id) && (await db.delete(table, id))))
      }
      return { status: 204, body: null }
    },
  })
}

function itemsOf({ row }: Rows): v.GenericSchema {
  return v.object({ items: v.array(row) })
}

function answered({ asked }: Rows, items: readonly object[]): { items: readonly object[] } {
  finish(items, asked.whole)
  return { items }
}

/** Refuses a list that names something twice: which of the two counts would be a guess. */
function different<Item>(nameOf: (item: Item) => string): v.RawCheckAction<Item[]> {
  return v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const list = dataset.value
    const names = new Set<string>()
    for (const [key, value] of list.entries()) {
      const name = nameOf(value)
      if (names.has(name)) {
        const path = [{ type: 'array', origin: 'value', input: list, key, value }] as const
        addIssue({ message: 'Given more than once', path: [...path] })
      }
      names.add(name)
    }
  })
}
