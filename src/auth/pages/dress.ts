import { hashSource } from '../../http/index.ts'
import { documentOf } from './layout.ts'
import type { Shown, Visit } from './page.ts'
import { passkeyScript } from './passkey-script.ts'
import { revealScript } from './reveal-script.ts'
import type { PagesSettings } from './settings.ts'
import { styleOf } from './style.ts'

/** Writes a page as a document, with the policy under which a browser may show it. */
export type Dresser = (
  visit: Visit,
  shown: Shown,
) => Promise<{ readonly text: string; readonly headers: Readonly<Record<string, string>> }>

/** Creates what writes pages. Style and scripts stand in the document, allowed by their digests. */
export function createDresser(settings: PagesSettings): Dresser {
  const { logo, stylesheet } = settings
  const style = styleOf(settings)
  let sources: Promise<Sources> | undefined
  return async (visit, shown) => {
    sources ??= sourcesOf(style)
    const hashes = await sources
    const script = scriptOf(visit, shown)
    const policy = [
      "default-src 'none'",
      `style-src ${[hashes.style, ...originOf(stylesheet)].join(' ')}`,
      ...(logo === undefined ? [] : [`img-src ${originOf(logo).join(' ')}`]),
      ...(script === undefined ? [] : [`script-src ${hashes[script]}`]),
      ...(script === 'passkey' ? ["connect-src 'self'"] : []),
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]
    return {
      text: documentOf(visit, shown, { style, script: script && SCRIPTS[script] }),
      headers: {
        'content-security-policy': policy.join('; '),
        // With `no-referrer` browsers send forms with `Origin: null`, which tells us nothing.
        'referrer-policy': 'same-origin',
      },
    }
  }
}

const SCRIPTS = { reveal: revealScript, passkey: `${revealScript}\n${passkeyScript}` }

interface Sources extends Record<keyof typeof SCRIPTS, string> {
  readonly style: string
}

async function sourcesOf(style: string): Promise<Sources> {
  const [of, reveal, passkey] = await Promise.all(
    [style, SCRIPTS.reveal, SCRIPTS.passkey].map(hashSource),
  )
  return { style: of ?? '', reveal: reveal ?? '', passkey: passkey ?? '' }
}

function scriptOf({ page }: Visit, { content }: Shown): keyof typeof SCRIPTS | undefined {
  if (page.passkeys) return 'passkey'
  return content.text.includes('data-reveal=') ? 'reveal' : undefined
}

function originOf(address: string | undefined): string[] {
  if (address === undefined) return []
  return [address.startsWith('/') ? "'self'" : new URL(address).origin]
}
