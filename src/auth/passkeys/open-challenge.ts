import type { Handle } from '../../data/index.ts'
import {
  type Clock,
  fromBase64Url,
  type Keyring,
  PlinthError,
  sha256,
  systemRandom,
  toBase64Url,
} from '../../kernel/index.ts'
import { secrets } from '../secrets/secrets-table.ts'

/**
 * Challenges for whoever comes to sign in. Nothing is stored until one is answered, so nobody fills the
 * database, or uses up a limit that keeps others out, by asking.
 */
export interface OpenChallenges {
  /** As base64url: 256 random bits and an end, signed. */
  create(): Promise<string>
  /** Notes as part of `tx` that it is spent; false for one that was, is over, or is none of ours. */
  spend(tx: Handle, challenge: string): Promise<boolean>
}

const PURPOSE = 'passkey-sign-in'
const MAC_PURPOSE = 'auth.passkey-sign-in'
const NONCE_BYTES = 32
/** Milliseconds: time to find the key and to read what the browser says. */
export const CHALLENGE_LIFETIME: number = 5 * 60_000

/** Creates the maker of such challenges. */
export function createOpenChallenges({
  clock,
  keys,
}: {
  clock: Clock
  keys: Keyring
}): OpenChallenges {
  async function readExpiry(text: string): Promise<number | null> {
    const [expiry = '', nonce, ...signature] = text.split('.')
    const genuine = await keys.verify(`${expiry}.${nonce}`, signature.join('.'), MAC_PURPOSE)
    return genuine ? Number(expiry) : null
  }

  return {
    async create() {
      const nonce = toBase64Url(systemRandom.bytes(NONCE_BYTES))
      const text = `${clock.now() + CHALLENGE_LIFETIME}.${nonce}`
      const signature = await keys.sign(text, MAC_PURPOSE)
      return toBase64Url(new TextEncoder().encode(`${text}.${signature}`))
    },
    async spend(tx, challenge) {
      const bytes = fromBase64Url(challenge)
      const expiry = bytes && (await readExpiry(new TextDecoder().decode(bytes)))
      if (!expiry || clock.now() >= expiry) return false
      return note(tx, challenge, { expiry, now: clock.now() })
    },
  }
}

/** The unique key decides: of any number that come at once, one is noted. */
async function note(
  tx: Handle,
  challenge: string,
  { expiry, now }: { expiry: number; now: number },
): Promise<boolean> {
  const row = {
    purpose: PURPOSE,
    tokenHash: await sha256(`${PURPOSE}.${challenge}`),
    codeMac: null,
    guesses: 0,
    user: null,
    subject: null,
    payload: {},
    createdAt: new Date(now),
    // Kept longer than it is good for: not all clocks that judge it need agree.
    expiresAt: new Date(expiry + CHALLENGE_LIFETIME),
  }
  try {
    await tx.transaction((inner) => inner.create(secrets, row))
    return true
  } catch (error) {
    if (error instanceof PlinthError && error.code === 'conflict') return false
    throw error
  }
}
