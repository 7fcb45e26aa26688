import { type CryptoKey, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { Handle, Row } from '../../data/index.ts'
import { type Clock, type Keyring, misuse, PlinthError, uuidv7 } from '../../kernel/index.ts'
import { type SigningAlgorithm, signingKeys } from './signing-keys-table.ts'

/** A key to sign with. */
export interface SigningKey {
  readonly id: string
  readonly key: CryptoKey
}

/** The keys that tokens are signed with: made when they are needed, one for all processes. */
export interface SigningKeys {
  /** The one to sign with now. */
  current(db: Handle): Promise<SigningKey>
  /** The public parts of all whose tokens may be in use, and of the one that comes next. */
  published(db: Handle): Promise<Row<typeof signingKeys>[]>
}

const DAY = 24 * 60 * 60_000
/** How long a key signs. */
const SIGNS = 30 * DAY
/** How long before its first use a key is published: longer than anybody keeps the set. */
const AHEAD = DAY
/** Published for so long after its last use: an hour, as long as a token may last, and a margin. */
const AFTER = 65 * 60_000
const TRIES = 5

type StoredKey = Row<typeof signingKeys>

/** Creates the keys of one algorithm. */
export function createSigningKeys(ports: {
  clock: Clock
  keys: Keyring
  algorithm: SigningAlgorithm
}): SigningKeys {
  const { clock, keys, algorithm } = ports
  const opened = new Map<string, Promise<CryptoKey>>()

  /** The latest keys, the newest first; the next one among them when it is time to publish it. */
  async function ensure(db: Handle): Promise<StoredKey[]> {
    for (let left = TRIES; left > 0; left--) {
      const { items } = await db.list(signingKeys, {
        where: { algorithm },
        orderBy: { generation: 'desc' },
        limit: 3,
      })
      const now = clock.now()
      const [newest] = items
      if (newest && now < newest.signsUntil.getTime() - AHEAD) return items
      const signsFrom = Math.max(now, newest?.signsUntil.getTime() ?? now)
      await make(db, { generation: (newest?.generation ?? 0) + 1, signsFrom })
    }
    throw misuse('serviceTokens()', 'a signing key could not be made')
  }

  async function make(
    db: Handle,
    { generation, signsFrom }: { generation: number; signsFrom: number },
  ): Promise<void> {
    const id = uuidv7()
    const pair = await generateKeyPair(algorithm, { extractable: true })
    const privateKey = new TextEncoder().encode(JSON.stringify(await exportJWK(pair.privateKey)))
    const signsUntil = signsFrom + SIGNS
    try {
      await db.create(signingKeys, {
        id,
        algorithm,
        generation,
        publicKey: toTexts(await exportJWK(pair.publicKey)),
        privateKey: await keys.seal(privateKey, purposeOf(id)),
        signsFrom: new Date(signsFrom),
        signsUntil: new Date(signsUntil),
        expiresAt: new Date(signsUntil + AFTER),
      })
    } catch (error) {
      // Another process made this generation; the next look finds it.
      if (!(error instanceof PlinthError && error.code === 'conflict')) throw error
    }
  }

  async function open({ id, privateKey }: StoredKey): Promise<CryptoKey> {
    const plain = await keys.open(privateKey, purposeOf(id))
    if (!plain) {
      throw misuse('auth({ keys })', 'does not open the signing keys; keep the former keys in it')
    }
    const imported = await importJWK(JSON.parse(new TextDecoder().decode(plain)), algorithm)
    if (imported instanceof Uint8Array) throw misuse('serviceTokens()', 'a signing key is no pair')
    return imported
  }

  return {
    async current(db) {
      const stored = await ensure(db)
      const now = clock.now()
      // A clock that was put back finds no key of its time: then the oldest signs.
      const signing = stored.find(({ signsFrom }) => signsFrom.getTime() <= now) ?? stored.at(-1)
      if (!signing) throw misuse('serviceTokens()', 'there is no signing key')
      const key = opened.get(signing.id) ?? open(signing)
      opened.set(signing.id, key)
      key.catch(() => opened.delete(signing.id))
      return { id: signing.id, key: await key }
    },
    async published(db) {
      await ensure(db)
      const { items } = await db.list(signingKeys, {
        where: { expiresAt: { gt: new Date(clock.now()) } },
        orderBy: { signsFrom: 'asc' },
        limit: 20,
      })
      return items
    },
  }
}

function purposeOf(id: string): string {
  return `auth.signing-key.${id}`
}

/** A public key has texts alone. */
function toTexts(jwk: object): Record<string, string> {
  return Object.fromEntries(Object.entries(jwk).map(([name, value]) => [name, String(value)]))
}
