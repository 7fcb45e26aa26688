import { users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { Faults, faulty } from '../data/atomicity/faulty-driver.ts'
import { freshSource } from '../data/fixture.ts'
import { type AuthApp, MAILING, openApp } from './app.ts'
import type { Flow } from './once/flow.ts'
import { flows } from './once/flows.ts'
import { settings } from './once/settings.ts'

/** What is counted is meant to stay: attempts, and guesses at a code. */
const ATTEMPTS = 'plinth_attempts'
const SECRETS = 'plinth_secrets'
/** Those that tokens are signed with are made for everybody, by whoever comes first. */
const KEYS = 'plinth_signing_keys'

describe('a fault of the database at any statement', () => {
  it.each(flows)('leaves all or nothing of $name', { timeout: 120_000 }, async (flow) => {
    const { prepare, startsOver = false, stores = true } = flow
    const faults = new Faults()
    const source = faulty(await freshSource([users]), faults)
    const app = await openApp({ ...MAILING, ...settings() }, { source })
    let { path, ...init } = await prepare(app)
    await app.idle()
    let before = await stored(app, flow)
    for (let at = 1; ; at += 1) {
      await giveGuessesBack(app)
      const sent = app.mails.length + app.texts.length
      faults.plan(at, 'lost')
      const answer = await app.send(path, init)
      const fired = faults.clear()
      await app.idle()
      const after = await stored(app, flow)
      if (answer.status < 300) {
        // What failed, if anything did, was beside the way, as the note of a session's use is.
        if (stores) expect(after).not.toEqual(before)
        if (!fired && stores) expect(at).toBeGreaterThan(3)
        return
      }
      expect([answer.status, fired], `place ${at}: ${answer.text}`).toEqual([503, true])
      expect(after, `place ${at}`).toEqual(before)
      expect(app.mails.length + app.texts.length, `place ${at}`).toBe(sent)
      if (!startsOver) continue
      ;({ path, ...init } = await prepare(app))
      await app.idle()
      before = await stored(app, flow)
    }
  })
})

async function stored(
  app: AuthApp,
  { startsOver = false }: Flow,
): Promise<Record<string, unknown>> {
  const rows: Record<string, unknown> = {}
  for (const table of app.description.tables) {
    if (table.name === ATTEMPTS || table.name === KEYS) continue
    const { items } = await app.database.system.list(table)
    // What is spent before others are asked may be gone.
    const kept = table.name === SECRETS && startsOver ? [] : items
    rows[table.name] =
      table.name === SECRETS ? kept.map((row) => ({ ...row, guesses: 'counted' })) : items
  }
  return rows
}

async function giveGuessesBack(app: AuthApp): Promise<void> {
  const table = app.description.tables.find(({ name }) => name === SECRETS)
  if (table) await app.database.system.updateMany(table, {}, { guesses: 5 })
}
