/**
 * Gives an account the role of staff: `npm exec -- node examples/shop/grant.ts you@example.com`. The
 * shop may be running meanwhile; the next request of the account has the role.
 */

import { normalizeEmail, users } from 'plinth/auth'
import { databaseOf } from './database.ts'
import { shop } from './shop.ts'

const email = normalizeEmail(process.argv[2] ?? '')
if (!email) {
  console.error('Usage: npm exec -- node examples/shop/grant.ts EMAIL')
  process.exit(2)
}

const app = await shop({ database: databaseOf(), monitor: { logs: false } })
const granted = await app.database.system.updateMany(users, { email }, { roles: ['staff'] })
await app.close()
console.log(
  granted === 1 ? `${email} is staff now.` : `There is no account ${email}: sign up first.`,
)
process.exitCode = granted === 1 ? 0 : 1
