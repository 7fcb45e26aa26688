import * as v from 'valibot'
import type { AnyTable } from '../../data/index.ts'
import type { Answer, Operation } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'
import { clientColumns, insertSchema } from '../wire/values.ts'
import { answerRow } from './answer-row.ts'
import { conditionHeaders, preconditionFailed, readConditions, writeIf } from './conditions.ts'
import { define, type RowContext } from './define.ts'
import type { Rows } from './rows.ts'

type Values = Readonly<Record<string, unknown>>

/**
 * Replaces a row: every column that a client may set becomes what the body says, or what a new row has
 * that does without it.
 */
export function replace(rows: Rows): Operation {
  const { table, params, row, options } = rows
  const creates = options.replace === 'upsert'
  const absent = absentValues(table, rows.omit)
  return define(rows, 'replace', {
    params,
    ...(rows.version !== undefined && { headers: conditionHeaders }),
    body: insertSchema(table, { omit: rows.omit }),
    responses: creates ? { 200: row, 201: row } : { 200: row },
    handler: async (context) => {
      const body: Values = context.body
      const patch = withoutKey(table, body, context.params.id)
      const put = (): Promise<Answer> => update(rows, context, { ...absent(), ...patch })
      return creates ? createOr(rows, context, { values: body, put }) : put()
    },
  })
}

async function update(rows: Rows, context: RowContext, patch: Values): Promise<Answer> {
  const { db, params } = context
  const row = await writeIf(rows, context, (where) =>
    db.update(rows.table, params.id, patch, where),
  )
  return answerRow(rows, { status: 200, row })
}

/** Replaces the row, or creates it where nothing is there that the caller can see. */
async function createOr(
  rows: Rows,
  context: RowContext,
  { values, put }: { values: Values; put: () => Promise<Answer> },
): Promise<Answer> {
  const { match, noneMatch } = readConditions(rows, context.incoming) ?? {}
  if (noneMatch !== '*') {
    try {
      return await put()
    } catch (error) {
      if (!hasCode(error, 'not_found') || !rows.isId(context.params.id)) throw error
      if (match !== undefined) throw preconditionFailed()
    }
  }
  const { table } = rows
  try {
    const row = await context.db.create(table, { ...values, [table.primaryKey]: context.params.id })
    return await answerRow(rows, { status: 201, row })
  } catch (error) {
    if (!isTaken(error, table)) throw error
    if (noneMatch === '*') throw preconditionFailed()
    // Created by somebody else meanwhile, or hidden: then it stays a conflict, as for `create`.
    return put().catch((late) => {
      throw hasCode(late, 'not_found') ? error : late
    })
  }
}

/** What the columns become that a body does not name. */
function absentValues(table: AnyTable, omit: readonly string[]): () => Values {
  const columns = clientColumns(table, omit).filter(
    // Who may not see or set a column would wipe it, without having been told that it is there.
    ([name, { primaryKey }]) => !primaryKey && !Object.hasOwn(table.fields, name),
  )
  return () =>
    Object.fromEntries(columns.map(([name, { schema }]) => [name, v.getDefault(schema) ?? null]))
}

/** The path says which row it is; a body that says so as well must not say another. */
function withoutKey({ primaryKey }: AnyTable, body: Values, id: string): Values {
  const { [primaryKey]: key = id, ...rest } = body
  if (key === id) return rest
  const message = 'Expected the id of the path.'
  throw new PlinthError('invalid_input', 'The body is that of another row.', {
    status: 422,
    details: { issues: [{ path: `body.${primaryKey}`, message }] },
  })
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof PlinthError && error.code === code
}

/** Whether a row could not be created because there is one with its primary key. */
function isTaken(error: unknown, { primaryKey }: AnyTable): boolean {
  if (!(error instanceof PlinthError) || error.code !== 'conflict') return false
  const columns: unknown = error.details?.['columns']
  return Array.isArray(columns) && columns.length === 1 && columns[0] === primaryKey
}
