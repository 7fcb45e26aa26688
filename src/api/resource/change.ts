import * as v from 'valibot'
import type { Handle } from '../../data/index.ts'
import { json, type Operation, parse } from '../../http/index.ts'
import { found } from '../found.ts'
import { isMergeable } from '../wire/column-schema.ts'
import { changeSchema, clientColumns } from '../wire/values.ts'
import { answerRow } from './answer-row.ts'
import { conditionHeaders, writeIf } from './conditions.ts'
import { type Definition, define } from './define.ts'
import { isJsonObject, mergePatch } from './merge-patch.ts'
import type { Rows } from './rows.ts'

const mediaTypes = ['application/json', 'application/merge-patch+json'] as const

type Values = Readonly<Record<string, unknown>>

/** Changes a row by a JSON merge patch (RFC 7396). */
export function update(rows: Rows): Operation {
  const { table, params, row } = rows
  const merge = createMerge(rows)
  return define(rows, 'update', {
    params,
    ...headersOf(rows),
    ...merge.transaction,
    body: json(changeSchema(table, { omit: rows.omit, side: 'merge' }), { mediaTypes }),
    responses: { 200: row },
    handler: async (context) => {
      const { db, params, body } = context
      const row = await writeIf(rows, context, async (where) =>
        db.update(
          table,
          params.id,
          await merge.complete(db, { id: params.id, patch: body }),
          where,
        ),
      )
      return answerRow(rows, { status: 200, row })
    },
  })
}

/** Deletes a row. */
export function remove(rows: Rows): Operation {
  return define(rows, 'delete', {
    params: rows.params,
    ...headersOf(rows),
    responses: { 204: null },
    handler: async (context) => {
      const { db, params } = context
      await writeIf(rows, context, (where) => db.delete(rows.table, params.id, where))
      return { status: 204, body: null }
    },
  })
}

function headersOf({ version }: Rows): Pick<Definition, 'headers'> {
  return version === undefined ? {} : { headers: conditionHeaders }
}

/** How the patches of a table's rows are completed. */
export interface Merge {
  /** Reading before writing asks for an isolation that holds the two together. */
  readonly transaction: Pick<Definition, 'transaction'>
  /**
   * Makes whole values of the objects in a patch, by what the row holds as the caller sees it. They
   * are held against the columns' schemas here, strictly; `at` is where the patch stands in the input.
   */
  complete(db: Handle, change: { id: string; patch: Values; at?: string }): Promise<Values>
}

export function createMerge({ table, omit }: Rows): Merge {
  const objects = clientColumns(table, omit).filter(([, column]) => isMergeable(column))
  if (objects.length === 0) return { transaction: {}, complete: async (_, { patch }) => patch }
  const schemas = new Map(objects.map(([name, { schema }]) => [name, schema]))
  return {
    transaction: { transaction: { isolation: 'serializable' } },
    async complete(db, { id, patch, at = 'body' }) {
      const names = [...schemas.keys()].filter((name) => isJsonObject(patch[name]))
      if (names.length === 0) return patch
      const row: Values = found(await db.get(table, id, { select: names }))
      const merged = names.map((name) => [name, mergePatch(row[name], patch[name])])
      const whole: Values = Object.fromEntries(merged)
      const entries = names.map((name) => [`${at}.${name}`, schemas.get(name)])
      parse(
        v.object(Object.fromEntries(entries)),
        Object.fromEntries(names.map((name) => [`${at}.${name}`, whole[name]])),
      )
      return { ...patch, ...whole }
    },
  }
}
