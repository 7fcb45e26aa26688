import type { AnyTable } from '../data/index.ts'
import { idempotencyRecords } from './idempotency/records.ts'
import { limitRecords } from './limits/records.ts'

/** The tables that this module keeps, for `open(source, { tables: apiTables })`. */
export const apiTables: readonly AnyTable[] = [idempotencyRecords, limitRecords]
