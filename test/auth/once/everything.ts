import { auth } from 'plinth/auth'
import type { DataSource } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { settings } from './settings.ts'

/** A thousand that want one row wait for each other. */
const MINUTES = 300_000
const PATIENT = { timeout: MINUTES }

/** Auth as those processes have it: what they would send is thrown away. */
export const everything = () =>
  auth({
    ...settings(),
    origin: 'https://app.test',
    mail: async () => {},
    text: async () => {},
  })

/** The database of an address, as `DATABASE_URL` would name it. */
export function sourceOf(address: string): DataSource {
  if (address.startsWith('postgres:'))
    return postgres({ url: address, ...PATIENT, wait: MINUTES }, [])
  if (address.startsWith('mysql:')) return mysql({ url: address, ...PATIENT, wait: MINUTES }, [])
  return sqlite(address, [], PATIENT)
}
