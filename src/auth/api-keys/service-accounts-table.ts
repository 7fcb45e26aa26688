import * as v from 'valibot'
import { type Column, id, type Table, table, timestamp } from '../../data/index.ts'

type ServiceAccountColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly name: v.GenericSchema<string>
  readonly permissions: v.GenericSchema<string[]>
  readonly disabledAt: v.GenericSchema<Date | null>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
}

/** Programs that act as themselves and not as a person. They sign in nowhere; they have API keys. */
export const serviceAccounts: Table<'plinth_service_accounts', ServiceAccountColumns> = table(
  'plinth_service_accounts',
  {
    id: id(),
    name: v.string(),
    permissions: v.array(v.string()),
    disabledAt: v.nullable(v.date()),
    createdAt: timestamp(),
  },
)
