import * as v from 'valibot'
import { type Column, column, type Table, table, timestamp } from '../../data/index.ts'

type LimitColumns = {
  readonly key: Column<v.GenericSchema<string>, undefined>
  readonly state: v.GenericSchema<number[]>
  readonly revision: v.GenericSchema<number>
  readonly expiresAt: Column<v.GenericSchema<Date>, undefined>
}

/** What was taken of each rate, for limits that all processes count together. Only the system reads it. */
export const limitRecords: Table<'plinth_limits', LimitColumns> = table(
  'plinth_limits',
  {
    /** SHA-256: every key is of one size, and the table is no list of who called. */
    key: column(v.pipe(v.string(), v.maxLength(64)), { primaryKey: true }),
    state: v.array(v.number()),
    /** Another with each change: who has read one knows whether it is still the last. */
    revision: v.pipe(v.number(), v.integer()),
    /** When there is nothing left to remember. */
    expiresAt: timestamp(),
  },
  { indexes: [['expiresAt']] },
)
