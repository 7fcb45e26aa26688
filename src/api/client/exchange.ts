import { createTimeout, orAborted } from './cancel.ts'
import { ClientError } from './error.ts'
import type { Fetch } from './options.ts'

/** A call, ready to be sent as often as it takes. */
export interface Prepared {
  /** The operation. */
  readonly name: string
  readonly base: string
  /** The path and query. */
  readonly target: string
  readonly init: RequestInit
  readonly fetch: Fetch
  /** Milliseconds that each attempt may take. */
  readonly timeout: number | undefined
  /** The headers of one attempt alone. */
  readonly headersOf: () => Readonly<Record<string, string | undefined>>
}

export interface ExchangeOptions {
  readonly signal: AbortSignal | undefined
  readonly lastEventId?: string
}

/**
 * Sends a call once. The timeout ends when `read` has what it wants of the response. Throws a
 * `ClientError` when there is none, and the signal's reason when it is aborted.
 */
export async function exchange<T>(
  { name, base, target, init, fetch, timeout, headersOf }: Prepared,
  read: (response: Response) => T | Promise<T>,
  { signal, lastEventId }: ExchangeOptions,
): Promise<T> {
  const headers = new Headers(init.headers)
  const added = { ...headersOf(), 'last-event-id': lastEventId }
  for (const [field, value] of Object.entries(added)) if (value) headers.set(field, value)

  const time = createTimeout(timeout, signal, () => {
    return new ClientError('timeout', `${name}: no answer within ${timeout} ms`)
  })
  try {
    const request = new Request(base + target, { ...init, headers, signal: time.signal ?? null })
    const answered = async (): Promise<T> => read(await fetch(request))
    return await orAborted(answered(), time.signal).catch((error: unknown) => {
      if (signal?.aborted || error instanceof ClientError) throw error
      throw new ClientError('network', `${name}: no answer from ${base}`, error)
    })
  } finally {
    time.clear()
  }
}
