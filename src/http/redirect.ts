import { misuse } from '../kernel/index.ts'
import type { AnswerEncoder, Answering, Asked } from './answering.ts'
import { toOrigin } from './origin.ts'

/** Reads the origins that answers may redirect to, beside the app's own. */
export function readRedirects(
  redirects: readonly string[] = [],
  trustedOrigins: readonly string[] = [],
): ReadonlySet<string> {
  if (!Array.isArray(redirects)) throw misuse('redirects', 'expected a list of origins')
  return new Set([...trustedOrigins, ...redirects.map((each) => toOrigin(each, 'redirects'))])
}

/**
 * Lets an encoder write no redirect to an origin that is not allowed: a page of ours that leads to any
 * site is what phishing looks for. Operations that declare no redirect pay nothing for it.
 */
export function checkRedirects(
  encode: AnswerEncoder,
  { responses }: Pick<Answering, 'responses'>,
  { place, allowed }: { readonly place: string; readonly allowed: ReadonlySet<string> },
): AnswerEncoder {
  if (!Object.keys(responses).some((status) => isRedirect(Number(status)))) return encode
  return (answer, asked) => {
    if (isRedirect(answer?.status)) {
      for (const location of locationsOf(answer.headers)) {
        const origin = originOf(location, asked)
        if (origin === asked.exchange.incoming.origin || allowed.has(origin)) continue
        throw misuse(place, `redirects to ${origin}; name its origin in redirects to allow it`)
      }
    }
    return encode(answer, asked)
  }
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400
}

function locationsOf(headers: Readonly<Record<string, string | readonly string[]>> = {}): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    name.toLowerCase() === 'location' ? value : [],
  )
}

/**
 * As browsers read it: `//b.example`, `/\b.example` and what has tabs within lead to other sites, and so
 * does `https:b.example` from a page whose scheme, behind a proxy, is another than it seems here.
 */
function originOf(location: string, { exchange }: Asked): string {
  // A scheme without an origin, such as `javascript:`, has the origin "null", which nobody can allow.
  if (URL.canParse(location)) return new URL(location).origin
  const { origin, path } = exchange.incoming
  const base = origin + path
  return URL.canParse(location, base) ? new URL(location, base).origin : 'no URL'
}
