import type { Database, Handle, Row } from '../data/index.ts'
import { PlinthError } from '../kernel/index.ts'
import type { Signer } from './keys.ts'
import { entries, HEAD, heads, NOTHING } from './tables.ts'

/** The end of the chain. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

/**
 * Whether the head is as this application wrote it: whoever adds entries by hand, or takes some from the end,
 * would have to sign a head of their own. Undefined when its key is not known.
 */
export async function isOwnHead(
  { seq, hash, key, mac }: Row<typeof heads>,
  signer: Signer,
): Promise<boolean | undefined> {
  const right = await signer.mac(textOf({ seq, hash }), key)
  return right === undefined ? undefined : right === mac
}

/** The head as it is to be stored. */
export async function toHeadRow({ seq, hash }: Head, signer: Signer): Promise<Omit<HeadRow, 'id'>> {
  const key = signer.current
  return { seq, hash, key, mac: (await signer.mac(textOf({ seq, hash }), key)) ?? '' }
}

type HeadRow = Row<typeof heads>

function textOf({ seq, hash }: Head): string {
  return JSON.stringify(['plinth-audit-head-1', seq, hash])
}

/** What was found when a log was opened. */
export type Found = 'there' | 'begun' | 'headless'

/**
 * Makes the head where there is none: of a new log, or behind the last entry of one whose head was taken away.
 * Of processes that start together one makes it.
 */
export async function ensureHead({ system }: Database, signer: Signer): Promise<Found> {
  if (await system.get(heads, HEAD)) return 'there'
  try {
    return await system.transaction(async (tx) => makeHead(tx, signer))
  } catch (error) {
    if (error instanceof PlinthError && error.code === 'conflict') return 'there'
    throw error
  }
}

async function makeHead(tx: Handle, signer: Signer): Promise<Found> {
  const last = await tx.first(entries, { orderBy: { seq: 'desc' }, select: ['seq', 'hash'] })
  const head = last ?? { seq: 0, hash: NOTHING }
  await tx.create(heads, { id: HEAD, ...(await toHeadRow(head, signer)) })
  return last ? 'headless' : 'begun'
}
