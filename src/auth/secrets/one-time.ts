import type { Database, Handle, Row } from '../../data/index.ts'
import {
  type Clock,
  type Keyring,
  type Scope,
  sha256,
  systemRandom,
  toBase64Url,
} from '../../kernel/index.ts'
import { type Payload, secrets } from './secrets-table.ts'

/** What a secret is to open. */
export interface Grant {
  /** Such as `reset`. A token of one purpose is unknown for every other. */
  readonly purpose: string
  /** Milliseconds until it opens nothing. */
  readonly lifetime: number
  /** Whose it is; a deleted user takes it along. */
  readonly user?: string | null
  /** What it is about, such as a normalised address. */
  readonly subject?: string | null
  readonly payload?: Payload
}

/** A grant that is open, as it is stored. */
export type OpenGrant = Pick<
  Row<typeof secrets>,
  'id' | 'purpose' | 'user' | 'subject' | 'payload' | 'createdAt' | 'expiresAt'
>

/** A token with the short code that is sent another way. */
export interface IssuedCode {
  readonly token: string
  /** Six digits. */
  readonly code: string
}

/**
 * Secrets that can be used once. What is stored of them is digests, so a stolen database redeems
 * nothing; spending is one conditional write in the transaction of its effect, so of any number that
 * come at once exactly one gets it.
 */
export interface OneTimeSecrets {
  /** Makes a token of 256 bits as part of `tx`. The copy returned is the only one. */
  issue(tx: Handle, grant: Grant): Promise<string>
  /** The same, with a code of six digits that may be guessed at five times. Needs the keyring. */
  issueCode(tx: Handle, grant: Grant): Promise<IssuedCode>
  /** What a token would open, without spending it; null for any that opens nothing. */
  find(db: Handle, purpose: string, token: string): Promise<OpenGrant | null>
  /** Spends a token as part of `tx`; null for any that opens nothing (any more). */
  spend(tx: Handle, purpose: string, token: string): Promise<OpenGrant | null>
  /**
   * Tells whether a code belongs to a token. The guess is counted first, in a transaction of its own;
   * the last one allowed ends the token. A right one still has to be spent.
   */
  guess(attempt: { purpose: string; token: string; code: string }, scope: Scope): Promise<boolean>
  /** Ends the open secrets of a purpose for a user or a subject. */
  revoke(
    tx: Handle,
    about: { purpose: string } & ({ user: string } | { subject: string }),
  ): Promise<void>
}

const TOKEN_BYTES = 32
const TOKEN = /^[A-Za-z0-9_-]{43}$/
const GUESSES = 5
const CODES = 1_000_000
const MAC_PURPOSE = 'auth.code'

/** Creates the store of one-time secrets. */
export function createOneTimeSecrets(ports: {
  database: Database
  clock: Clock
  keys: Keyring
}): OneTimeSecrets {
  const { database, clock, keys } = ports

  async function store(tx: Handle, grant: Grant, code?: string): Promise<string> {
    const { purpose, lifetime, user = null, subject = null, payload = {} } = grant
    const token = toBase64Url(systemRandom.bytes(TOKEN_BYTES))
    const tokenHash = await digest(purpose, token)
    const now = clock.now()
    await tx.create(secrets, {
      purpose,
      tokenHash,
      codeMac: code === undefined ? null : await keys.sign(`${tokenHash}.${code}`, MAC_PURPOSE),
      guesses: code === undefined ? 0 : GUESSES,
      user,
      subject,
      payload,
      createdAt: new Date(now),
      expiresAt: new Date(now + lifetime),
    })
    return token
  }

  async function find(
    db: Handle,
    purpose: string,
    token: string,
  ): Promise<Row<typeof secrets> | null> {
    if (!TOKEN.test(token)) return null
    const row = await db.first(secrets, { where: { tokenHash: await digest(purpose, token) } })
    return row && clock.now() < row.expiresAt.getTime() ? row : null
  }

  return {
    issue: (tx, grant) => store(tx, grant),
    async issueCode(tx, grant) {
      const code = randomCode()
      return { token: await store(tx, grant, code), code }
    },
    find,
    async spend(tx, purpose, token) {
      const row = await find(tx, purpose, token)
      // Whoever deletes the row has spent it: the others find nothing left to delete.
      return row && (await tx.delete(secrets, row.id)) ? row : null
    },
    async guess({ purpose, token, code }, scope) {
      const db = database.systemIn(scope)
      const row = await db.transaction(async (tx) => {
        const open = await find(tx, purpose, token)
        return open && countGuess(tx, open)
      })
      if (!row?.codeMac) return false
      return keys.verify(`${row.tokenHash}.${code}`, row.codeMac, MAC_PURPOSE)
    },
    async revoke(tx, about) {
      await tx.deleteMany(secrets, about)
    },
  }
}

/**
 * Takes one guess away, or answers null when none is left. Written first and read by that: where
 * transactions run side by side, guesses at one code wait for each other.
 */
async function countGuess(
  tx: Handle,
  { id, expiresAt }: Row<typeof secrets>,
): Promise<Row<typeof secrets> | null> {
  const held = await tx.update(secrets, id, { expiresAt })
  if (!held || held.guesses < 1) return null
  return tx.update(secrets, id, { guesses: held.guesses - 1 })
}

async function digest(purpose: string, token: string): Promise<string> {
  return sha256(`${purpose}.${token}`)
}

/** Six digits, each code as likely as any other: numbers beyond the last whole million are drawn anew. */
function randomCode(): string {
  const limit = Math.floor(2 ** 32 / CODES) * CODES
  for (;;) {
    const number = new DataView(systemRandom.bytes(4).buffer).getUint32(0)
    if (number < limit) return String(number % CODES).padStart(6, '0')
  }
}
