import * as v from 'valibot'
import { type Column, column, type Table, table, timestamp } from '../../data/index.ts'

type AttemptColumns = {
  readonly key: Column<v.GenericSchema<string>, undefined>
  readonly count: v.GenericSchema<number>
  readonly expiresAt: Column<v.GenericSchema<Date>, undefined>
}

/** How often something was tried in the window that ends at `expiresAt`, by what is limited. */
export const attempts: Table<'plinth_attempts', AttemptColumns> = table(
  'plinth_attempts',
  {
    /** SHA-256: the addresses that strangers type in are not kept, and every key is of one size. */
    key: column(v.pipe(v.string(), v.maxLength(64)), { primaryKey: true }),
    count: v.pipe(v.number(), v.integer()),
    expiresAt: timestamp(),
  },
  { indexes: [['expiresAt']] },
)
