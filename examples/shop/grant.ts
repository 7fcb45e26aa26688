/**
 * Gives an account the role of staff: `npm exec -- node examples/shop/grant.ts you@example.com`. The
 * shop may be running meanwhile; the next request of the account has the role.
 */

import { fileURLToPath } from 'node:url'
import { normalizeEmail, users } from 'plinth/auth'
import { shop } from './shop.ts'

const email = normalizeEmail(process.argv[2] ?? '')
if (!email) {
  console.error('Usage: npm exec -- node examples/shop/grant.ts EMAIL')
  process.exit(2)
}

const file = process.env.SHOP_DATABASE ?? fileURLToPath(new URL('shop.db', import.meta.url))
const app = await shop({ file, monitor: { logs: false } })
const granted = await app.database.system.updateMany(users, { email }, { roles: ['staff'] })
await app.close()
console.log(
  granted === 1 ? `${email} is staff now.` : `There is no account ${email}: sign up first.`,
)
process.exitCode = granted === 1 ? 0 : 1
