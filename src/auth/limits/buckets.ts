import { addressBlock } from '../../http/index.ts'
import { sha256 } from '../../kernel/index.ts'
import type { Attempt } from './attempt.ts'
import type { Limit, LimitName, LimitSettings } from './limit-settings.ts'

/** A count that an attempt goes into. */
export interface Bucket {
  readonly name: LimitName
  /** A digest: the addresses that strangers type in are not kept. */
  readonly key: string
  readonly limit: Limit
}

/** Which limit was reached, and for how many milliseconds it holds. */
export interface Refusal {
  readonly name: LimitName
  readonly wait: number
}

/** The counts that an attempt goes into. */
export async function bucketsOf(attempt: Attempt, limits: LimitSettings): Promise<Bucket[]> {
  const { purpose, account, address, device } = attempt
  // What strangers try, whoever and however many they are, does not lock an owner's own device out.
  const subjects: Partial<Record<LimitName, string>> =
    device === undefined
      ? { global: '', ...(address !== undefined && { address: addressBlock(address) }), account }
      : { account: `${account}\n${device}` }
  const names = Object.keys(subjects) as LimitName[]
  return Promise.all(
    names.map(async (name) => {
      const key = await sha256([purpose, name, subjects[name]].join('\n'))
      return { name, key, limit: limits[name] }
    }),
  )
}

/** A window that ends later than a new one would was set by a clock that has been put back. */
export function isOpen(
  { expiresAt }: { readonly expiresAt: Date },
  { limit }: Bucket,
  now: number,
): boolean {
  const left = expiresAt.getTime() - now
  return left > 0 && left <= limit.window
}
