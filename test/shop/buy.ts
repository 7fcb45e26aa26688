/**
 * A client in a process of its own: `node buy.ts URL` with a plan as JSON on standard input. Sends all
 * of its orders at once and prints each answer's status, code and body as a line of JSON.
 */

import { text } from 'node:stream/consumers'

export interface Plan {
  readonly token: string
  readonly times: number
  readonly body: unknown
  /** Sent with every order, when given. */
  readonly key?: string
}

const [url] = process.argv.slice(2)
const { token, times, body, key }: Plan = JSON.parse(await text(process.stdin))
const headers = {
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  ...(key && { 'idempotency-key': key }),
}

const answers = Array.from({ length: times }, async () => {
  const response = await fetch(`${url}/orders`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  console.log(JSON.stringify({ status: response.status, code: answer.code, body: answer }))
})
await Promise.all(answers)
