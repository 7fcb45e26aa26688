import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { personal } from '../../kernel/index.ts'
import { users } from '../users.ts'

type PhoneColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string>, undefined>
  readonly number: v.GenericSchema<string>
  readonly verifiedAt: Column<v.GenericSchema<Date>, undefined>
}

/** The telephone numbers of users, each proved with a code before it is stored. */
export const phones: Table<'plinth_phones', PhoneColumns> = table(
  'plinth_phones',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade' }),
    /** In E.164 form. */
    number: personal(v.pipe(v.string(), v.maxLength(16))),
    verifiedAt: timestamp(),
  },
  { unique: [['number']] },
)
