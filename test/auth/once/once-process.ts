/**
 * One of several processes that use the same secret: `node once-process.ts ADDRESS`. Reads one line of JSON,
 * `{ method, path, json, headers, times }`, sends it so many times at once to an app of its own, and prints the
 * statuses as JSON. Then reads the next.
 */
import { createInterface } from 'node:readline'
import { openAuth } from 'plinth/auth'
import { open } from 'plinth/data'
import { createApp, fromRequest } from 'plinth/http'
import { everything, sourceOf } from './everything.ts'

const [address = ''] = process.argv.slice(2)
const description = everything()
const database = await open(sourceOf(address), { tables: description.tables })
const { operations, authenticate } = openAuth(description, { database })
const app = createApp({
  operations: { auth: operations },
  authenticate,
  limits: { timeout: 300_000 },
})

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const { path, json, headers, times, ...rest } = JSON.parse(line)
  const body = json === undefined ? null : JSON.stringify(json)
  const method = rest.method ?? (body === null ? 'GET' : 'POST')
  const answers = Array.from({ length: times }, async () => {
    const request = new Request(`https://app.test${path}`, {
      method,
      headers: { ...(body !== null && { 'content-type': 'application/json' }), ...headers },
      body,
    })
    const { status } = await app.handle(fromRequest(request, { address: '203.0.113.9' }))
    return status
  })
  console.log(JSON.stringify(await Promise.all(answers)))
}
await app.close()
await database.close()
