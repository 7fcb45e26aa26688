/** `npm start`: fills the shop's database once, then serves it. */

import { fileURLToPath } from 'node:url'
import { readConfig } from 'plinth/kernel'
import { serve } from 'plinth/node'
import * as v from 'valibot'
import { seed } from './seed/index.ts'
import { shop } from './shop.ts'

const { SHOP_DATABASE } = readConfig({
  SHOP_DATABASE: v.optional(v.string(), fileURLToPath(new URL('shop.db', import.meta.url))),
})

const app = await shop({ file: SHOP_DATABASE })
await seed(app.database)
await serve(app, { onListen: announce })

function announce(url: string): void {
  console.log(`
The shop is open at ${url}
  reference  ${url}/reference
  metrics    ${url}/metrics
  health     ${url}/health

Try it:
  curl '${url}/places?q=sao&country=BR&limit=3'
`)
}
