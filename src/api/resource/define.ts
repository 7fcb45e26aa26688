import type { Handle } from '../../data/index.ts'
import type {
  Answer,
  Incoming,
  InputSchemas,
  Operation,
  OperationSpec,
  Responses,
} from '../../http/index.ts'
import type { Actor } from '../../kernel/index.ts'
import { answersOf } from './answers.ts'
import { guardFor } from './guards.ts'
import type { Rows } from './rows.ts'
import { type BulkVerb, type ResourceVerb, verbs } from './verbs.ts'

/** What the handlers of a resource are given. */
export interface RowContext {
  readonly db: Handle
  readonly params: { readonly id: string }
  readonly query: Readonly<Record<string, unknown>>
  readonly body: never
  readonly incoming: Incoming
}

type Spec = OperationSpec<InputSchemas, Responses, Actor | null>
export interface Definition extends Omit<Spec, 'method' | 'path' | 'summary' | 'guard'> {
  readonly handler: (context: RowContext) => Promise<Answer>
}

/** Makes the operation of one verb. */
export function define(
  rows: Rows,
  verb: ResourceVerb | BulkVerb,
  { handler, ...definition }: Definition,
): Operation {
  const { method, path, summary } = verbs[verb]
  const spec: Spec = {
    method,
    path: path === '' ? rows.path : `${rows.prefix}${path}`,
    summary: summary(rows.title),
    guard: guardFor(rows, verb),
    ...answersOf(rows, verb),
    ...(method !== 'GET' && rows.options.idempotent && { idempotent: rows.options.idempotent }),
    ...definition,
  }
  return { kind: 'operation', spec, handler }
}
