import { strict as assert } from 'node:assert'
import { auth, normalizeEmail, openAuth, password } from 'plinth/auth'
import type { Database } from 'plinth/data'
import { createApp } from 'plinth/http'
import type { Suite } from './main.ts'

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

type Row = Record<string, unknown>

/** Tables as arrays, with the verbs that auth uses and equality as the only filter. */
function createRows(): { tables: Map<string, Row[]>; database: Database } {
  const tables = new Map<string, Row[]>()
  let last = 0
  const of = (table: { name: string }): Row[] => {
    const rows = tables.get(table.name) ?? []
    tables.set(table.name, rows)
    return rows
  }
  const matches = (row: Row, where: Row = {}): boolean =>
    Object.entries(where).every(([key, value]) => String(row[key]) === String(value))
  const find = (table: { name: string; primaryKey: string }, id: string): Row | undefined =>
    of(table).find((row) => row[table.primaryKey] === id)
  const handle = {
    get: async (table: never, id: string) => find(table, id) ?? null,
    first: async (
      table: { name: string },
      { where, include }: { where: Row; include?: object },
    ) => {
      const row = of(table).find((each) => matches(each, where))
      if (!row || !include) return row ?? null
      return { ...row, owner: of({ name: 'users' }).find(({ id }) => id === row['user']) ?? null }
    },
    exists: async (table: never, where: Row) => of(table).some((row) => matches(row, where)),
    count: async (table: never, where: Row) =>
      of(table).filter((row) => matches(row, where)).length,
    create: async (table: { name: string; primaryKey: string }, values: Row) => {
      const row = { [table.primaryKey]: `row-${++last}`, roles: [], ...values }
      of(table).push(row)
      return row
    },
    update: async (table: never, id: string, patch: Row, where: Row) => {
      const row = find(table, id)
      return row && matches(row, where) ? Object.assign(row, patch) : null
    },
    delete: async (table: { name: string; primaryKey: string }, id: string) => {
      const rest = of(table).filter((row) => row[table.primaryKey] !== id)
      const changed = rest.length < of(table).length
      tables.set(table.name, rest)
      return changed
    },
    upsert: async (table: { name: string; primaryKey: string }, values: Row) =>
      handle.create(table, values),
    deleteMany: async () => 0,
    transaction: async (work: (tx: unknown) => Promise<unknown>) => work(handle),
  }
  // Only what auth calls is there.
  const version = () => undefined
  const database = { system: handle, systemIn: () => handle, version } as unknown as Database
  return { tables, database }
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
