import { strict as assert } from 'node:assert'
import { auth, normalizeEmail, openAuth, password } from 'plinth/auth'
import type { Database } from 'plinth/data'
import { createApp } from 'plinth/http'
import type { Suite } from './main.ts'
import { createRows } from './ways/rows.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }

/** What of auth can be shown where no driver runs: the rows are kept in arrays. */
export const suite: Suite = {
  name: 'auth without a driver',
  needs: [],
  cases: [
    {
      name: 'brings addresses into one form',
      async run() {
        assert.equal(normalizeEmail(' Ada@BÜCHER.example'), 'ada@xn--bcher-kva.example')
        assert.equal(normalizeEmail('ａｄａ＠example．com'), 'ada@example.com')
        assert.equal(normalizeEmail('ada@example.com,eve@example.com'), undefined)
        assert.equal(normalizeEmail('ada@127.0.0.1'), undefined)
      },
    },
    {
      name: 'hashes passwords and knows them again',
      async run() {
        const rows = createRows()
        const send = createSender(rows)
        assert.equal((await send('/auth/sign-up', ADA)).status, 202)
        const hash = rows.tables.get('plinth_passwords')?.[0]?.['hash']
        assert.match(String(hash), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
        const wrong = await send('/auth/sign-in', { ...ADA, password: 'not her own' })
        assert.equal(wrong.status, 401)
        const right = await send('/auth/sign-in', { ...ADA, transport: 'bearer' })
        assert.equal(right.status, 200)
        const { token } = (await right.json()) as { token: string }
        assert.equal((await send('/auth/session', undefined, token)).status, 200)
        assert.equal((await send('/auth/session', undefined, `${token}x`)).status, 401)
      },
    },
    {
      name: 'refuses common passwords',
      async run() {
        const send = createSender(createRows())
        const common = { ...ADA, password: 'trustno1' }
        assert.equal((await send('/auth/sign-up', common)).status, 422)
      },
    },
  ],
}

type Send = (path: string, json?: unknown, token?: string) => Promise<Response>

function createSender({ database }: { database: Database }): Send {
  const accounts = auth({ factors: [password()] })
  const { operations, authenticate } = openAuth(accounts, { database })
  const app = createApp({ operations: { auth: operations }, authenticate })
  return (path, json, token) =>
    app.fetch(
      new Request(`https://app.test${path}`, {
        method: json === undefined ? 'GET' : 'POST',
        headers: {
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: json === undefined ? null : JSON.stringify(json),
      }),
    )
}
