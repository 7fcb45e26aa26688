import type { OperationTree } from '../../http/index.ts'
import type { AuthServices, Feature } from '../part.ts'
import { catalog } from './catalog.ts'
import { createDresser } from './dress.ts'
import type { Offers } from './offers.ts'
import type { Kit } from './page.ts'
import { pageOperations } from './page-operations.ts'
import { type PagePath, type PagesOptions, placesOf, resolveSettings } from './settings.ts'

/**
 * Makes the pages of accounts: sign-in, sign-up, reset, second factor, sessions and the rest, for the parts
 * that were passed to `auth()`. They work without scripts, but for passkeys.
 *
 * The pages are operations of their own beside the JSON ones, and call those: limits, checks and events are
 * the same. They are in no description and in no client's types. A team's own page takes the place of one on
 * the same path when it is named in `except`; links go on leading there.
 *
 * ```ts
 * import { auth, consoleMail, password } from 'plinth/auth'
 * import { pages } from 'plinth/auth/pages'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   features: [pages({ title: 'Shop', accent: '#7a2e8e', afterSignIn: '/orders' })],
 *   origin: 'http://localhost:3000',
 *   mail: consoleMail(),
 * })
 * ```
 */
export function pages(options: PagesOptions = {}): Feature<Record<never, never>> {
  const settings = resolveSettings(options)
  return {
    kind: 'feature',
    name: 'pages',
    tables: [],
    open: (services) => ({
      operations: {},
      over(operations) {
        // The tree is made of the parts whose types these are.
        const kit = createKit(services, settings, operations as unknown as Offers)
        return { pages: operationsOf(kit) }
      },
    }),
  }
}

function createKit(services: AuthServices, settings: Kit['settings'], offers: Offers): Kit {
  const places = placesOf(settings.base, services.linkPaths)
  return {
    services,
    settings,
    offers,
    has: (path) => Boolean(catalog[path].needs(offers)),
    href(path, query = {}) {
      const given = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []))
      const search = new URLSearchParams(given).toString()
      return `${places.get(path)}${search === '' ? '' : `?${search}`}`
    },
  }
}

function operationsOf(kit: Kit): OperationTree {
  const dress = createDresser(kit.settings)
  const served = [...kit.settings.served].filter((path) => kit.has(path))
  return Object.fromEntries(
    served.map((path) => {
      return [nameOf(path), pageOperations(catalog[path].create(kit), kit, dress)]
    }),
  )
}

/** `/sign-in/second-factor` as `signInSecondFactor`. */
function nameOf(path: PagePath): string {
  return path.slice(1).replaceAll(/[/-]([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
