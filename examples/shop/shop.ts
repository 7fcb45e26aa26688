/** The shop as a back end: what `main.ts` serves and what tests run in process. */

import { type BackendOptions, backend } from 'plinth'
import { auth, password } from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { api } from './api.ts'
import { tables } from './tables.ts'

/** What a test or a start may want otherwise. */
export type ShopOptions = Pick<BackendOptions<typeof api>, 'monitor' | 'clock'> & {
  /** The SQLite file. */
  readonly file: string
}

export function shop({ file, ...options }: ShopOptions) {
  return backend({
    ...options,
    title: 'Flag shop',
    data: sqlite(file, tables),
    auth: auth({ factors: [password()] }),
    api,
  })
}
