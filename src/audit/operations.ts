import * as v from 'valibot'
import type { Database } from '../data/index.ts'
import { defineOperation, type Guard, lines, type Operation } from '../http/index.ts'
import { exportEntries, searchEntries } from './search.ts'

const define = defineOperation()
const tags = ['audit']

const text = v.nullable(v.string())
const entry = v.object({
  seq: v.number(),
  id: v.string(),
  at: v.string(),
  event: v.string(),
  actor: text,
  kind: v.string(),
  impersonator: text,
  session: text,
  address: text,
  trace: text,
  table: text,
  row: text,
  before: v.unknown(),
  after: v.unknown(),
  details: v.unknown(),
  previous: v.string(),
  hash: v.string(),
})

const word = v.optional(v.pipe(v.string(), v.maxLength(255)))
const instant = v.optional(
  v.pipe(
    v.string(),
    v.isoTimestamp('Expected a time such as 2026-05-01T12:00:00Z.'),
    v.transform((time) => new Date(time)),
  ),
)
const filter = {
  actor: word,
  event: word,
  table: word,
  row: word,
  text: word,
  from: instant,
  to: instant,
}

const query = v.object({
  ...filter,
  limit: v.optional(
    v.pipe(
      v.string(),
      v.digits(),
      v.transform(Number),
      v.integer(),
      v.minValue(1),
      v.maxValue(1000),
    ),
  ),
  cursor: v.optional(v.string()),
})

/** What reads the log over HTTP. */
export interface AuditOperations {
  /** `GET /audit`: entries, the latest first. */
  readonly list: Operation
  /** `GET /audit/export`: entries from the first on, one JSON value a line. */
  readonly export: Operation
  readonly [name: string]: Operation
}

/** Makes the operations that read the log. Who is let in, is asked of the guard and of nobody else. */
export function auditOperations(database: Database, guard: Guard): AuditOperations {
  return {
    list: define({
      method: 'GET',
      path: '/audit',
      summary: 'Search the audit log',
      tags,
      guard,
      query,
      responses: { 200: v.object({ items: v.array(entry), next: text }) },
      handler: async ({ query: asked }) => {
        const { items, next } = await searchEntries(database, asked)
        return { status: 200, body: { items, next: next ?? null } }
      },
    }),
    export: define({
      method: 'GET',
      path: '/audit/export',
      summary: 'Export the audit log',
      description: 'One entry a line, as JSON, from the first on.',
      tags,
      guard,
      query: v.object(filter),
      responses: { 200: lines(entry) },
      handler: ({ query: asked }) => ({ status: 200, body: exportEntries(database, asked) }),
    }),
  }
}
