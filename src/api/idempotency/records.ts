import * as v from 'valibot'
import { type Column, id, type Table, table, timestamp } from '../../data/index.ts'

/**
 * The most characters of what a record is found by. Keys are as long at the most, so are the subjects
 * of OpenID Connect; together they fit into a unique key of every database.
 */
export const MAX_LENGTH = 255

const bounded = v.pipe(v.string(), v.maxLength(MAX_LENGTH))

/**
 * The answers given to requests with an `Idempotency-Key`, kept for 24 hours. An app with such
 * operations opens its database with this table. No policy: only the system reads it.
 */
export const idempotencyRecords: Table<
  'plinth_idempotency',
  {
    id: Column<v.GenericSchema<string>, 'uuid'>
    actor: v.GenericSchema<string>
    operation: v.GenericSchema<string>
    key: v.GenericSchema<string>
    fingerprint: v.GenericSchema<string>
    status: v.GenericSchema<number>
    headers: v.GenericSchema<Readonly<Record<string, string | string[]>>>
    body: v.GenericSchema<string | null>
    createdAt: Column<v.GenericSchema<Date>, 'now'>
  }
> = table(
  'plinth_idempotency',
  {
    id: id(),
    actor: bounded,
    operation: bounded,
    key: bounded,
    /** What was asked, as a digest. */
    fingerprint: v.string(),
    status: v.pipe(v.number(), v.integer()),
    headers: v.record(v.string(), v.union([v.string(), v.array(v.string())])),
    /** JSON, byte for byte as it was sent; null for an answer without a body. */
    body: v.nullable(v.string()),
    createdAt: timestamp({ default: 'now' }),
  },
  { unique: [['actor', 'operation', 'key']], indexes: [['createdAt']] },
)
