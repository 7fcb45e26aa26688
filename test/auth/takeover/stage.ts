import {
  emailCode,
  magicLink,
  password,
  recoveryCodes,
  refreshTokens,
  smsCode,
  totp,
} from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { temporaryFile } from '../../data/drivers/sqlite/support.ts'
import { type AuthApp, MAILING, openApp } from '../app.ts'

/** Whose account it is about. */
export const OWNER = { email: 'owner@example.com', password: 'the owner knows this' }
/** What the attacker sets where they may choose. */
export const STOLEN = { email: OWNER.email, password: 'the attacker knows it' }
export const ATTACKER = { email: 'attacker@example.com', password: 'the attacker knows it' }

/** One database, before and after the team began to send mail. */
export interface Stage {
  /** Sends no mail: whoever signs up has an account at once, with an address nobody proved. */
  readonly before: AuthApp
  /** Sends mail, and has every way in. */
  readonly app: AuthApp
}

const many = { attempts: 1000, window: 60_000 }
const limits = { account: many, address: many, global: many }
const factors = [password(), magicLink(), emailCode(), smsCode(), totp(), recoveryCodes()] as const
const features = [refreshTokens()] as const

export async function openStage(): Promise<Stage> {
  const file = temporaryFile()
  const app = await openApp({ ...MAILING, factors, features, limits }, { source: sqlite(file, []) })
  const { keys, text } = app.description
  const before = await openApp(
    {
      factors: [password(), smsCode(), totp(), recoveryCodes()],
      features,
      limits,
      origin: 'https://app.test',
      ...(keys && { keys }),
      ...(text && { text }),
    },
    { source: sqlite(file, []) },
  )
  before.clock.set(new Date(app.clock.now()))
  return { before, app }
}
