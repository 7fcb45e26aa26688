import type { Answered } from '../wire.ts'

declare const location: { readonly pathname: string }

/** Why there was no answer: nobody was there, or one may not (any longer) ask. */
export type Trouble = 'away' | 'refused' | 'busy' | 'gone'

export type Reply<T> =
  | { readonly ok: true; readonly answer: T & Answered }
  | { readonly ok: false; readonly trouble: Trouble }

export interface Net {
  get<T>(
    path: string,
    query?: Readonly<Record<string, string | number | undefined>>,
  ): Promise<Reply<T>>
}

/** Runs in the browser, sent as its own source: it may use nothing from outside itself. */
export function createNet(): Net {
  const TROUBLES: Readonly<Record<number, Trouble>> = {
    401: 'refused',
    403: 'refused',
    404: 'gone',
    429: 'busy',
    503: 'busy',
  }
  const base = location.pathname.replace(/\/$/, '')
  return {
    async get<T>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}) {
      const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
      const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))
      const url = `${base}/${path}${pairs.length > 0 ? `?${search}` : ''}`
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
        if (response.ok) return { ok: true, answer: (await response.json()) as T & Answered }
        return { ok: false, trouble: TROUBLES[response.status] ?? 'away' }
      } catch {
        return { ok: false, trouble: 'away' }
      }
    },
  }
}
