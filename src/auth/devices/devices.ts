import type { Database, Handle, Row } from '../../data/index.ts'
import type { Incoming } from '../../http/index.ts'
import { serializeCookie } from '../../http/index.ts'
import {
  type Clock,
  isUuid,
  type Scope,
  sha256,
  systemRandom,
  toBase64Url,
} from '../../kernel/index.ts'
import { readCookie } from '../session/cookie.ts'
import { users } from '../users.ts'
import { devices } from './devices-table.ts'

/** A device as a sign-in found it. */
export interface RecognisedDevice {
  /** Its row: this user has signed in here before. Undefined for a new one. */
  readonly known: string | undefined
  /** Whether it is the first that this user signs in from. */
  readonly first: boolean
  /** Whether the second factor was shown here and need not be again. */
  readonly trusted: boolean
  /** The token to hand over; undefined when the device has it already. */
  readonly newToken: string | undefined
  /** The devices whose place a new one takes. */
  readonly replaced: readonly string[]
}

/** Tells the devices of users apart, by a token that each keeps and that opens nothing. */
export interface Devices {
  /**
   * The device of a request, if this account (an address, or the id of a user) has signed in on it.
   * Asks the same of the database whether or not there is such an account.
   */
  find(account: string, incoming: Incoming, scope: Scope): Promise<string | undefined>
  /** What is known of the device of a request; writes nothing. */
  recognise(tx: Handle, user: string, incoming: Incoming): Promise<RecognisedDevice>
  /** Notes a sign-in from a device, and trusts it from now on if asked to. */
  remember(
    tx: Handle,
    user: string,
    seen: { device: RecognisedDevice; incoming: Incoming; trust: boolean },
  ): Promise<void>
}

export const DEVICE_COOKIE = '__Host-device'
/** What programs without cookies send instead. */
export const DEVICE_HEADER = 'device-token'

const DAY = 24 * 60 * 60_000
const TRUST = 30 * DAY
/** Seconds. */
const COOKIE_AGE = 400 * 24 * 60 * 60
const TOKEN = /^[A-Za-z0-9_-]{43}$/
/** How many devices of a user are known; one more takes the place of the oldest. */
export const KNOWN_PER_USER = 50
const USER_AGENT_LENGTH = 400

/** Creates the register of devices. */
export function createDevices({ database, clock }: { database: Database; clock: Clock }): Devices {
  async function find(
    db: Handle,
    user: string,
    token: string,
  ): Promise<Row<typeof devices> | null> {
    return db.first(devices, { where: { user, tokenHash: await sha256(token) } })
  }

  return {
    async find(account, incoming, scope) {
      const token = findToken(incoming)
      if (token === null) return undefined
      const db = database.systemIn(scope)
      const where = isUuid(account) ? { id: account } : { email: account }
      const user = await db.first(users, { where })
      return (await find(db, user?.id ?? NOBODY, token))?.id
    },
    async recognise(tx, user, incoming) {
      const token = findToken(incoming)
      const row = token === null ? null : await find(tx, user, token)
      const others = row ? [] : await oldest(tx, user)
      return {
        known: row?.id,
        first: row === null && others.length === 0,
        trusted: (row?.trustedUntil?.getTime() ?? 0) > clock.now(),
        newToken: token === null ? toBase64Url(systemRandom.bytes(32)) : undefined,
        replaced: others.slice(0, Math.max(0, others.length - KNOWN_PER_USER + 1)),
      }
    },
    async remember(tx, user, { device, incoming, trust }) {
      const { known, newToken, replaced } = device
      const token = newToken ?? findToken(incoming)
      if (token === null) return
      const now = clock.now()
      const { address = null } = incoming
      const trusted = trust ? { trustedUntil: new Date(now + TRUST) } : {}
      const seen = { lastSeenAt: new Date(now), address, ...trusted }
      if (known !== undefined && (await tx.update(devices, known, seen))) return
      if (replaced.length > 0) await tx.deleteMany(devices, { id: { in: replaced } })
      const row = {
        user,
        tokenHash: await sha256(token),
        userAgent: incoming.header('user-agent')?.slice(0, USER_AGENT_LENGTH) ?? null,
        createdAt: new Date(now),
        trustedUntil: null,
        ...seen,
      }
      // A token made just now is nobody else's; one that was sent may come with another request as well.
      if (newToken !== undefined) await tx.create(devices, row)
      else await tx.upsert(devices, row, { on: ['user', 'tokenHash'], update: seen })
    },
  }
}

/** Whose device it is when there is no account: nobody's. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** Writes the cookie that a browser is known by again. */
export function writeDeviceCookie(token: string): string {
  return serializeCookie(DEVICE_COOKIE, token, { maxAge: COOKIE_AGE })
}

function findToken(incoming: Incoming): string | null {
  const cookies = incoming.header('cookie')
  const token =
    incoming.header(DEVICE_HEADER) ?? (cookies === null ? null : readCookie(cookies, DEVICE_COOKIE))
  return token !== null && TOKEN.test(token) ? token : null
}

/** The devices of a user, the longest unused first. There are no more than are known at a time. */
async function oldest(tx: Handle, user: string): Promise<string[]> {
  const { items } = await tx.list(devices, {
    where: { user },
    orderBy: { lastSeenAt: 'asc' },
    select: ['id'],
    limit: KNOWN_PER_USER,
  })
  return items.map(({ id }) => id)
}
