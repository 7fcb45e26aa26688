import * as v from 'valibot'
import { type Column, id, ref, type Table, table, timestamp } from '../../data/index.ts'
import { personal, secret } from '../../kernel/index.ts'
import { users } from '../users.ts'

type DeviceColumns = {
  readonly id: Column<v.GenericSchema<string>, 'uuid'>
  readonly user: Column<v.GenericSchema<string>, undefined>
  readonly tokenHash: v.GenericSchema<string>
  readonly userAgent: v.GenericSchema<string | null>
  readonly address: v.GenericSchema<string | null>
  readonly createdAt: Column<v.GenericSchema<Date>, undefined>
  readonly lastSeenAt: Column<v.GenericSchema<Date>, undefined>
  readonly trustedUntil: Column<v.GenericSchema<Date | null>, undefined>
}

/** The devices that a user has signed in from. One browser may be known to several users. */
export const devices: Table<'plinth_devices', DeviceColumns> = table(
  'plinth_devices',
  {
    id: id(),
    user: ref(users, { onDelete: 'cascade' }),
    /** SHA-256 of the device's token, which opens nothing: it only tells devices apart. */
    tokenHash: secret(v.pipe(v.string(), v.maxLength(64))),
    userAgent: personal(v.nullable(v.string())),
    /** Where it signed in from last, for its owner to recognise. */
    address: personal(v.nullable(v.string())),
    createdAt: timestamp(),
    lastSeenAt: timestamp(),
    /** Until when the second factor is not asked for here; null when it always is. */
    trustedUntil: timestamp({ nullable: true }),
  },
  { unique: [['user', 'tokenHash']], indexes: [['lastSeenAt']] },
)
