import * as v from 'valibot'
import type { Operation } from '../../http/index.ts'
import { found } from '../found.ts'
import { answerRow } from './answer-row.ts'
import { type Asked, finish } from './asked.ts'
import { define } from './define.ts'
import { linkOf } from './link.ts'
import { createListReader } from './list-query.ts'
import type { Rows } from './rows.ts'

export function list(rows: Rows): Operation {
  const { table, options, row, offer, asked } = rows
  const reader = createListReader(table, { list: options.list, shown: offer.columns, asked })
  const page = { items: v.array(row), next: v.nullable(v.string()) }
  return define(rows, 'list', {
    query: reader.schema,
    responses: {
      200: v.object(options.list?.total ? { ...page, total: v.optional(v.number()) } : page),
    },
    handler: async ({ db, query, incoming }) => {
      const { rows: wanted, asked, total } = reader.read(query)
      const { items, next } = await db.list(table, { ...wanted, ...asked.shape })
      finish(items, asked)
      const body = total
        ? { items, next, total: await db.count(table, wanted.where) }
        : { items, next }
      const link = linkOf(incoming, { cursor: wanted.cursor, next })
      return { status: 200, body, ...(link !== undefined && { headers: { link } }) }
    },
  })
}

export function get(rows: Rows): Operation {
  const { table, isId, params, asked } = rows
  const asks = Object.keys(asked.entries).length > 0
  const whole = withVersion(rows, asked.whole)
  return define(rows, 'get', {
    params,
    ...(asks && { query: v.object(asked.entries) }),
    responses: { 200: rows.row },
    handler: async ({ db, params: { id }, query }) => {
      const read = asks ? asked.read(query) : asked.whole
      const wanted = read === asked.whole ? whole : withVersion(rows, read)
      const row = found(isId(id) && (await db.get(table, id, wanted.shape)))
      return answerRow(rows, { status: 200, row, asked: wanted })
    },
  })
}

/** Reads the version along, which the row's tag is made of. */
function withVersion({ version }: Rows, asked: Asked): Asked {
  const { shape, spare } = asked
  if (version === undefined || !shape.select || shape.select.includes(version)) return asked
  return {
    ...asked,
    shape: { ...shape, select: [...shape.select, version] },
    spare: [...spare, version],
  }
}
