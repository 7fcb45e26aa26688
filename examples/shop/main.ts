/** `npm start`: fills the shop's database once, then serves it. */

import { serve } from 'plinth/node'
import { databaseOf } from './database.ts'
import { monitoring } from './monitoring.ts'
import { seed } from './seed/index.ts'
import { readSettings } from './settings.ts'
import { shop } from './shop.ts'

const settings = await readSettings()
const app = await shop({ database: databaseOf(), accounts: settings, monitor: monitoring })
await seed(app.database)
await serve(app, { onListen: announce })

function announce(url: string): void {
  console.log(`
The shop is open at ${url}
  sign in    ${settings.origin}/sign-in
  reference  ${url}/reference
  dashboard  ${url}/dashboard
  metrics    ${url}/metrics
  health     ${url}/health

Try it:
  curl '${url}/places?q=sao&country=BR&limit=3'
`)
}
