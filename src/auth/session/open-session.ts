import type { Handle, Row } from '../../data/index.ts'
import type { Assurance, Incoming } from '../../http/index.ts'
import { type Clock, sha256 } from '../../kernel/index.ts'
import type { OpenPart } from '../open-part.ts'
import type { SessionSettings } from './session-settings.ts'
import { sessions } from './sessions-table.ts'
import { createToken } from './token.ts'
import type { Transport } from './transport.ts'

/** A session just opened, and the one copy there is of its tokens. */
export interface OpenedSession {
  readonly session: Row<typeof sessions>
  readonly token: string
  /** What the token is renewed by. Undefined where it lasts as long as the session. */
  readonly refresh: string | undefined
}

const USER_AGENT_LENGTH = 400
const IMPERSONATION = 60 * 60_000
/** Sessions ended by one statement. More than one is too many only after `perUser` was lowered. */
const BATCH = 100

/** Whose session it is to be, and what was shown for it. */
export interface NewSession {
  readonly user: string
  readonly methods: readonly string[]
  readonly assurance: Assurance
  /**
   * Who acts as the user. Default: nobody. Such a session lasts an hour at most and is never fresh: its
   * user has proved nothing.
   */
  readonly impersonator?: string
  readonly incoming: Incoming
  /** How its token is handed over. */
  readonly transport: Transport
}

/**
 * Opens a session for a user as part of `tx`, with a token of its own. The oldest sessions beyond
 * the number that a user may have are ended.
 */
export type OpenSession = (tx: Handle, options: NewSession) => Promise<OpenedSession>

/** Creates the function that opens sessions: the one place where they begin. */
export function createOpenSession(ports: {
  clock: Clock
  session: SessionSettings
  /** The parts of auth, one of which may renew the tokens of programs. */
  parts: () => readonly OpenPart[]
}): OpenSession {
  const { clock, session: settings, parts } = ports
  return async (tx, { user, methods, assurance, impersonator = null, incoming, transport }) => {
    await makeRoom(tx, user, settings.perUser)
    const now = clock.now()
    const own = impersonator === null
    const lifetime = own ? settings.absolute : Math.min(settings.absolute, IMPERSONATION)
    const expiresAt = new Date(now + lifetime)
    const renewed = own && transport === 'bearer'
    const renewal = renewed ? parts().find((part) => part.renewal)?.renewal : null
    const token = createToken()
    const session = await tx.create(sessions, {
      user,
      tokenHash: await sha256(token),
      tokenExpiresAt: renewal?.tokenEnd(expiresAt) ?? null,
      address: incoming.address ?? null,
      userAgent: incoming.header('user-agent')?.slice(0, USER_AGENT_LENGTH) ?? null,
      assurance,
      methods: [...methods],
      impersonator,
      createdAt: new Date(now),
      authenticatedAt: new Date(own ? now : 0),
      lastSeenAt: new Date(now),
      expiresAt,
    })
    return { session, token, refresh: await renewal?.begin(tx, session) }
  }
}

async function makeRoom(tx: Handle, user: string, most: number): Promise<void> {
  for (let open = await tx.count(sessions, { user }); open >= most; open -= BATCH) {
    const { items } = await tx.list(sessions, {
      where: { user },
      orderBy: { createdAt: 'asc' },
      select: ['id'],
      limit: Math.min(open - most + 1, BATCH),
    })
    await tx.deleteMany(sessions, { id: { in: items.map(({ id }) => id) } })
  }
}
