import type { Operation } from '../../http/index.ts'
import { insertSchema } from '../wire/values.ts'
import { answerRow } from './answer-row.ts'
import { define } from './define.ts'
import type { Rows } from './rows.ts'

export function create(rows: Rows): Operation {
  const { table, row } = rows
  return define(rows, 'create', {
    body: insertSchema(table, { omit: rows.omit }),
    responses: { 201: row },
    handler: async ({ db, body, incoming }) => {
      const created: Readonly<Record<string, unknown>> = await db.create(table, body)
      const id = encodeURIComponent(String(created[table.primaryKey]))
      const list = incoming.path === '/' ? '' : incoming.path
      return answerRow(rows, { status: 201, row: created, headers: { location: `${list}/${id}` } })
    },
  })
}
